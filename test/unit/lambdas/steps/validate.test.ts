import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Validated } from '../../../../workflow/documents.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { tags } from '../../../support/ownership.ts';
import { publicImage } from '../../../support/public-image.ts';
import {
  type Answers,
  arnOf,
  boundary,
  cloud,
  end,
  event,
  execution,
  held,
  own,
  running,
  start,
  validate,
  written,
  zones,
} from '../../../support/validating.ts';

beforeEach(start);
afterEach(end);

describe('a start', () => {
  test('names in its configuration whom `deploy` named', async () => {
    const { regions } = (await validate({})) as Validated;
    expect(regions.map(({ pipeline, alarms }) => [pipeline.approvalEmails, alarms.emails])).toEqual([
      [['approver@example.com'], []],
      [['approver@example.com'], []],
    ]);
  });

  test('takes the lock and writes down what was asked for, where, and by whom', async () => {
    const validated = await validate({});
    expect(validated).toMatchObject({
      verdict: 'go',
      deployment: 'platform',
      execution,
      fence: 1,
      mode: 'provision',
      approval: { timeoutMinutes: 1440, safeRepairs: false },
      regions: [
        {
          region: 'us-east-1',
          account: '123456789012',
          partition: 'aws',
          primary: true,
          network: { zones: [{ name: 'us-east-1a' }, { name: 'us-east-1b' }] },
          image: { base: publicImage },
          permissionsBoundaryArn: boundary,
        },
        { region: 'us-west-2', primary: false, network: { zones: [{ name: 'us-west-2a' }, { name: 'us-west-2b' }] } },
      ],
    });
    expect(Object.keys(validated)).not.toContain('unreachable');
    expect(written()).toEqual([
      `${own} LOCK`,
      `${own} REGION#us-east-1`,
      `${own} REGION#us-west-2`,
      `${own} ASKED`,
      `EXECUTION#${execution.arn} KEPT#hash`,
      `EXECUTION#${execution.arn} KEPT#hash`,
      `${own} LATEST`,
      `EXECUTION#${execution.arn} EVENT#now##validate#finished`,
    ]);
    expect(cloud.item(own, 'LOCK')).toMatchObject({ holder: execution.arn, fence: 1 });
    expect(cloud.item(own, 'ASKED')).toEqual({
      pk: own,
      sk: 'ASKED',
      schemaVersion: 1,
      execution: execution.arn,
      startedAt: execution.startedAt,
      input: JSON.parse(JSON.stringify(inputSchema.parse({ pipeline: { approvalEmails: ['approver@example.com'] } }))),
    });
    expect(cloud.item(own, 'LATEST')).toMatchObject({ execution: execution.arn });
    expect(event()).toMatchObject({
      deployment: 'platform',
      execution: 'run',
      stage: 'validate',
      status: 'finished',
      detail: expect.stringMatching(/^regions us-east-1, us-west-2; image [0-9a-f]{16}$/),
    });
  });

  test('that only plans writes nothing but what it looked for', async () => {
    expect(await validate({ mode: 'plan' }, [held], running)).toMatchObject({ verdict: 'go', fence: 0, mode: 'plan' });
    expect(written()).toEqual([
      `${own} LOCK`,
      `EXECUTION#${execution.arn} KEPT#hash`,
      `EXECUTION#${execution.arn} KEPT#hash`,
      `EXECUTION#${execution.arn} EVENT#now##validate#finished`,
    ]);
    expect(cloud.item(own, 'LOCK')).toEqual(held);
  });

  test.each<[string, unknown, string]>([
    ['bad input', { zoneCount: 1 }, '$.zoneCount: a load balancer needs two zones (got 1)'],
    ['no input', null, '$: Invalid input: expected object, received null'],
  ])('is refused with %s, before anything is looked up', async (_, input, problem) => {
    await expect(validate(input)).rejects.toMatchObject({
      name: 'InputError',
      message: `the input was refused; nothing was changed:\n${problem}`,
    });
    expect([cloud.items(), cloud.sent()]).toEqual([[], []]);
  });

  test.each([
    ['account', ':123456789012:', ':999999999999:', '999999999999, and the load balancer in 123456789012'],
    ['partition', 'arn:aws:', 'arn:aws-us-gov:', 'aws-us-gov, and the load balancer in aws'],
  ])('is refused with a certificate of another %s, which ELB could not find', async (part, here, there, problem) => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/ab'.replace(here, there);
    const regions = [{ region: 'us-east-1', cidr: '10.0.0.0/16', certificateArn }];
    await expect(validate({ regions })).rejects.toThrow(
      `$.regions[0].certificateArn: the certificate is in the ${part} ${problem}: name one that is there`,
    );
    expect(cloud.items()).toEqual([]);
  });

  test('is refused while another run holds the lock', async () => {
    await expect(validate({}, [held], running)).rejects.toMatchObject({
      name: 'LockedError',
      message: expect.stringContaining(`deployment platform is being changed by ${arnOf('other')} (https://`),
    });
    expect(cloud.items()).toEqual([held]);
    expect(cloud.sent('DescribeExecution').map(({ input, region }) => [input, region])).toEqual([
      [{ executionArn: arnOf('other') }, 'us-east-1'],
    ]);
  });

  test.each([
    ['stopped', 'ABORTED', undefined],
    ['failed', 'FAILED', 'APPROVED#d1'],
  ])('takes the lock over from a run that was %s, whose question it closes', async (_, status, left) => {
    const answers: Answers = { DescribeExecution: () => ({ status }) };
    const items = [
      ...[held, { pk: own, sk: 'APPROVED#d1' }, { pk: `QUESTIONS#${arnOf('other')}`, sk: 'd1', id: 'q' }],
      { pk: 'APPROVAL#q', sk: 'REQUEST', mailed: true },
    ];
    expect(await validate({}, items, answers)).toMatchObject({ fence: 7 });
    expect(cloud.item('APPROVAL#q', 'REQUEST')).toEqual({
      ...{ pk: 'APPROVAL#q', sk: 'REQUEST', endedAt: expect.any(String) },
    });
    // What people approved of a run that failed covers the next one.
    expect(cloud.item(own, 'APPROVED#d1')?.sk).toBe(left);
  });

  test('takes the lock over from a run that Step Functions has forgotten', async () => {
    const forgotten = { pk: own, sk: 'LOCK', holder: arnOf('forgotten'), fence: 6 };
    const DescribeExecution = () => {
      throw Object.assign(new Error('no such execution'), { name: 'ExecutionDoesNotExist' });
    };
    expect(await validate({}, [forgotten], { DescribeExecution })).toMatchObject({ fence: 7 });
  });

  test('stays in the zones where subnets stand', async () => {
    const subnet = (key: string, zone: string) => ({ AvailabilityZone: zone, Tags: tags('subnet', key) });
    const answers: Answers = {
      DescribeSubnets: (_, region) =>
        region === 'us-east-1'
          ? {
              Subnets: [
                subnet('public-b', 'us-east-1a'),
                subnet('public-a', 'us-east-1c'),
                subnet('private-a', 'us-east-1b'),
                { AvailabilityZone: 'us-east-1b', Tags: tags('subnet', 'public-c', 'shop') },
              ],
            }
          : {},
    };
    const validated = await validate({}, [], answers);
    if (validated.verdict !== 'go') throw new TypeError('skipped');
    expect(validated.regions.map(({ network }) => network.zones.map(({ name }) => name))).toEqual([
      ['us-east-1c', 'us-east-1a'],
      ['us-west-2a', 'us-west-2b'],
    ]);
  });

  test('gives a letter its zone again where a subnet of another letter, or its private one, is all that is left', async () => {
    const validated = await validate({}, [], {
      DescribeSubnets: (_, region) => ({
        Subnets:
          region === 'us-east-1'
            ? [{ AvailabilityZone: 'us-east-1b', Tags: tags('subnet', 'public-b') }]
            : [{ AvailabilityZone: 'us-west-2b', Tags: tags('subnet', 'private-a') }],
      }),
    });
    if (validated.verdict !== 'go') throw new TypeError('skipped');
    expect(validated.regions.map(({ network }) => network.zones.map(({ name }) => name))).toEqual([
      ['us-east-1a', 'us-east-1b'],
      ['us-west-2b', 'us-west-2a'],
    ]);
  });

  test.each<[string, () => object, string]>([
    [
      'has too few zones',
      () => ({ AvailabilityZones: zones('us-west-2').AvailabilityZones.slice(0, 1) }),
      'us-west-2: 2 zones are asked for and only 1 can run Fargate tasks: us-west-2a',
    ],
    [
      'is not enabled',
      () => {
        throw Object.assign(new Error('no'), { name: 'AuthFailure' });
      },
      'us-west-2 is not enabled in this account: enable it (aws account enable-region --region-name us-west-2, or the console\'s page "Account"), which takes some minutes, and start again',
    ],
  ])('is refused where a region %s', async (_, answer, problem) => {
    const answers: Answers = {
      DescribeAvailabilityZones: (_input, region) => (region === 'us-west-2' ? answer() : zones(region)),
    };
    await expect(validate({}, [], answers)).rejects.toMatchObject({
      name: 'InputError',
      message: `the input was refused; nothing was changed:\n$.regions[1].region: ${problem}`,
    });
    expect(cloud.items()).toEqual([]);
  });
});
