import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inputSchema } from '../../../../workflow/input.ts';
import { tags } from '../../../support/ownership.ts';
import {
  type Answers,
  approved,
  arnOf,
  cloud,
  end,
  event,
  execution,
  held,
  type Items,
  lost,
  own,
  reached,
  running,
  standing,
  start,
  validate,
  zones,
} from '../../../support/validating.ts';

beforeEach(start);
afterEach(end);

describe('a region that does not answer', () => {
  const silent: Answers = {
    DescribeAvailabilityZones: (_, region) => (region === 'us-west-2' ? lost() : zones(region)),
  };

  test.each([[undefined], [2]])('is asked again first (retry %s)', async (attempt) => {
    await expect(validate({}, [], silent, attempt)).rejects.toMatchObject({ name: 'TransientError' });
    expect(cloud.items()).toEqual([]);
  });

  test('is then left out of the run, and nothing is written down of it', async () => {
    const validated = await validate({}, [], silent, 3);
    expect(validated).toMatchObject({
      regions: [{ region: 'us-east-1' }],
      unreachable: [
        {
          region: 'us-west-2',
          error: { Error: 'TransientError', Cause: 'us-west-2 does not answer: Error: socket hang up' },
        },
      ],
    });
    expect(cloud.item(own, 'REGION#us-west-2')).toBeUndefined();
    expect(cloud.item(own, 'REGION#us-east-1')).toMatchObject({ lookups: { zones: ['us-east-1a', 'us-east-1b'] } });
  });

  test('is taken to stand as it was wanted last', async () => {
    const answers: Answers = {
      DescribeVpcs: (_, region) => (region === 'us-west-2' ? lost() : {}),
    };
    const input = { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/16' }] };
    await expect(validate(input, reached, answers, 3)).rejects.toThrow(
      '$.regions: us-west-2 is provisioned but not in the input',
    );
  });
});

describe('what stands', () => {
  const moved = { regions: [{ region: 'us-east-1', cidr: '10.9.0.0/16' }] };

  test('may not be moved or left out', async () => {
    await expect(validate(moved, reached, standing)).rejects.toMatchObject({
      name: 'InputError',
      message: `the input was refused; nothing was changed:
$.regions[0].cidr: the VPC in us-east-1 has 10.0.0.0/16, not 10.9.0.0/16: destroy the deployment first, or use another deployment name
$.regions: us-west-2 is provisioned but not in the input: name it again, or remove it first: start slipway-destroy with {"deployment":"platform","regions":["us-west-2"]}`,
    });
    expect(cloud.items()).toEqual(reached);
  });

  test('is only what has a VPC of the deployment’s own', async () => {
    const answers: Answers = {
      DescribeVpcs: () => ({ Vpcs: [{ CidrBlock: '10.0.0.0/16', Tags: tags('vpc', 'main', 'shop') }] }),
    };
    expect(await validate(moved, reached, answers)).toMatchObject({
      regions: [{ region: 'us-east-1', network: { cidr: '10.9.0.0/16' } }],
    });
  });
});

describe('a reconcile', () => {
  test('works towards what was approved, in the zones that were chosen then, and asks for nothing', async () => {
    const validated = await validate({ mode: 'reconcile' }, [approved, ...reached]);
    expect(validated).toMatchObject({
      mode: 'reconcile',
      fence: 1,
      approval: { timeoutMinutes: 60 },
      regions: [
        { region: 'us-east-1', network: { zones: [{ name: 'us-east-1a' }, { name: 'us-east-1b' }] } },
        { region: 'us-west-2' },
      ],
    });
    expect(cloud.sent().map(({ operation }) => operation)).toEqual(['Publish']);
    expect(cloud.item(own, 'ASKED')).toBeUndefined();
    expect(cloud.item(own, 'LATEST')).toMatchObject({ execution: execution.arn });
  });

  test.each<[string, Items]>([
    ['a region was never reached', [approved, ...reached.slice(0, 1)]],
    [
      'there are fewer zones than are wanted',
      [{ ...approved, input: inputSchema.parse({ zoneCount: 3 }) }, ...reached],
    ],
  ])('looks for zones where %s', async (_, items) => {
    await validate({ mode: 'reconcile' }, items);
    expect(cloud.sent('DescribeAvailabilityZones').map(({ region }) => region)).toEqual(['us-east-1', 'us-west-2']);
  });

  test.each<[string, Items, string]>([
    [
      'nothing was approved',
      reached,
      'it was never provisioned or approved, or has been destroyed: nothing to reconcile',
    ],
    [
      'another run is at work',
      [approved, ...reached, held],
      `deployment platform is being changed by ${arnOf('other')} (https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${arnOf('other')}): wait for it to end, or stop it (npx slipway stop ${arnOf('other')}), and start again`,
    ],
  ])('is skipped, and says so, where %s', async (_, items, reason) => {
    const report = {
      deployment: 'platform',
      execution: 'run',
      outcome: 'skipped',
      reason,
      regions: [],
      timeline: [],
    };
    expect(await validate({ mode: 'reconcile' }, items, running)).toEqual({ verdict: 'skipped', report });
    expect(cloud.item(`EXECUTION#${execution.arn}`, 'REPORT')).toMatchObject({ report });
    expect(event()).toMatchObject({ stage: 'validate', status: 'finished', detail: `skipped: ${reason}` });
    expect(cloud.item(own, 'LATEST')).toBeUndefined();
  });

  test('fails where the lock fails otherwise', async () => {
    const answers: Answers = { DescribeExecution: lost };
    await expect(validate({ mode: 'reconcile' }, [approved, ...reached, held], answers)).rejects.toThrow(
      'socket hang up',
    );
  });
});
