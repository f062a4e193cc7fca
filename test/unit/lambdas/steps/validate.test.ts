import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/steps/validate.ts';
import type { Validated } from '../../../../workflow/documents.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem, whole } from '../../../support/handler-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { fetchPublicImage, publicDigest, publicImage } from '../../../support/public-image.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arnOf = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:slipway-provision:${name}`;
const execution = { arn: arnOf('run'), name: 'run', startedAt: '2026-01-01T00:00:00.000Z' };
const own = 'DEPLOYMENT#platform';
const boundary = 'arn:aws:iam::123456789012:policy/slipway/platform-boundary';

let cloud: HandlerCloud;
const { fetch } = globalThis;
beforeEach(() => {
  globalThis.fetch = fetchPublicImage;
});
afterEach(() => {
  globalThis.fetch = fetch;
  cloud.close();
});

const zones = (region: string) => ({
  AvailabilityZones: ['a', 'b', 'c'].map((letter) => ({
    ZoneName: `${region}${letter}`,
    ZoneId: `${region}-az-${letter}`,
    ZoneType: 'availability-zone',
    State: 'available',
  })),
});
const lost = (): never => {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
};
type Answers = Readonly<Record<string, (input: object, region: string) => object>>;

const validate = async (input: unknown, items: Items = [], answers: Answers = {}, attempt?: number) => {
  cloud = handlerCloud({
    items,
    answers: { DescribeAvailabilityZones: (_, region) => zones(region), ...answers },
    environment: {
      BASE_IMAGE: publicImage,
      PERMISSIONS_BOUNDARY_ARN: boundary,
      APPROVER_EMAIL: 'approver@example.com',
      ALARM_EMAIL: '',
      SECRET_PREFIXES: 'shop/,common/',
      TASK_ROLES: 'arn:aws:iam::123456789012:role/app/*,arn:aws:iam::123456789012:role/batch',
    },
  });
  return whole(
    execution.arn,
    await handler({ input, execution, ...(attempt === undefined ? {} : { attempt }) }, context),
  );
};

/** Two regions in which an earlier run built. */
const reached: Items = [regionConfig(), secondaryConfig()].map(reachedItem);
const approved = { pk: own, sk: 'CONFIG', input: inputSchema.parse({ approval: { timeoutMinutes: 60 } }) };
const held = { pk: own, sk: 'LOCK', holder: arnOf('other'), fence: 6 };
const running: Answers = { DescribeExecution: () => ({ status: 'RUNNING' }) };
const standing: Answers = {
  DescribeVpcs: (_, region) => ({
    Vpcs: [{ CidrBlock: region === 'us-east-1' ? '10.0.0.0/16' : '10.1.0.0/16', Tags: tags('vpc', 'main') }],
  }),
};
const written = () =>
  cloud.items().map(
    ({ pk, sk }) =>
      `${pk} ${String(sk)
        .replace(/#2\d{3}-.*Z/, '#now')
        .replace(/#[0-9a-f]{64}/, '#hash')}`,
  );
const event = () => cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#'));

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

describe('what the app may have beyond the platform’s own', () => {
  const secret = (name: string, region = '{region}') =>
    `arn:aws:secretsmanager:${region}:123456789012:secret:${name}-AbCdEf`;
  const parameter = 'arn:aws:ssm:{region}:123456789012:parameter/shop/key';
  const role = 'arn:aws:iam::123456789012:role/app/reader';
  const trusting =
    (Service: string | readonly string[], Arn = role) =>
    () => ({
      Role: {
        Arn,
        AssumeRolePolicyDocument: encodeURIComponent(
          JSON.stringify({ Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' } }),
        ),
      },
    });
  const there: Answers = {
    GetRole: trusting(['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com']),
    DescribeSecret: () => ({}),
    DescribeParameters: () => ({ Parameters: [{ Name: '/shop/key' }] }),
  };

  test('is what `deploy` allowed, each region with its own', async () => {
    const app = { secrets: { TOKEN: `${secret('shop/token')}:key::`, KEY: parameter }, taskRoleArn: role };
    const { regions } = (await validate({ app }, [], there)) as Validated;
    expect(regions.map((each) => each.app)).toMatchObject(
      ['us-east-1', 'us-west-2'].map((region) => ({
        secrets: { TOKEN: `${secret('shop/token', region)}:key::`, KEY: parameter.replace('{region}', region) },
        taskRoleArn: role,
      })),
    );
    expect(cloud.sent('DescribeSecret').map(({ input }) => input)).toEqual(
      ['us-east-1', 'us-west-2'].map((region) => ({ SecretId: secret('shop/token', region) })),
    );
  });

  test.each([
    ['a secret', { secrets: { A: secret('common/token') } }],
    ['a parameter', { secrets: { A: parameter.replace('/shop/', '/common/') } }],
    ['a role', { taskRoleArn: 'arn:aws:iam::123456789012:role/batch' }],
  ])('may be anything of a list: %s', async (_, app) => {
    const GetRole = trusting('ecs-tasks.amazonaws.com', 'arn:aws:iam::123456789012:role/batch');
    await expect(validate({ app }, [], { ...there, GetRole })).resolves.toMatchObject({ verdict: 'go' });
  });

  test.each<[string, object, Answers, RegExp]>([
    [
      'a secret of others',
      { secrets: { A: secret('bank/token') } },
      there,
      /\$\.app\.secrets\.A: .*secret:bank\/token-AbCdEf is not one of .*deploy --secrets/,
    ],
    [
      'a role that tasks may not assume',
      { taskRoleArn: role },
      { GetRole: trusting('ec2.amazonaws.com') },
      /\$\.app\.taskRoleArn: .*role\/app\/reader does not trust ecs-tasks\.amazonaws\.com/,
    ],
    [
      'a role of that name under another path',
      { taskRoleArn: role },
      { GetRole: trusting('ecs-tasks.amazonaws.com', role.replace('app/', '')) },
      /role\/app\/reader does not exist/,
    ],
    [
      'a role that is not there',
      { taskRoleArn: role },
      {
        GetRole: () => {
          throw Object.assign(new Error('no'), { name: 'NoSuchEntityException' });
        },
      },
      /role\/app\/reader does not exist/,
    ],
    [
      'a secret of another account',
      { secrets: { A: secret('shop/x').replace('123456789012', '999999999999') } },
      there,
      /\$\.app\.secrets\.A: .* is not one of/,
    ],
    [
      'a parameter of others',
      { secrets: { A: parameter.replace('/shop/', '/bank/') } },
      there,
      /\$\.app\.secrets\.A: .* is not one of/,
    ],
    [
      'a role of others',
      { taskRoleArn: 'arn:aws:iam::123456789012:role/Admin' },
      there,
      /\$\.app\.taskRoleArn: .*role\/Admin is not one of .*app\/\*, .*role\/batch, .*deploy --task-roles/,
    ],
    [
      'a secret that one region lacks',
      { secrets: { A: secret('shop/x') } },
      {
        DescribeSecret: (_, region) => {
          if (region === 'us-west-2') throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException' });
          return {};
        },
      },
      /\$\.app\.secrets\.A: \S+us-west-2\S+, which us-west-2 would use, does not exist/,
    ],
    [
      'a secret that is about to be deleted',
      { secrets: { A: secret('shop/x') } },
      { DescribeSecret: () => ({ DeletedDate: new Date() }) },
      /does not exist/,
    ],
    [
      'a parameter that is not there',
      { secrets: { A: parameter } },
      { DescribeParameters: () => ({}) },
      /does not exist/,
    ],
  ])('%s is refused before anything changes', async (_, app, answers, problem) => {
    await expect(validate({ app }, [], answers)).rejects.toThrow(problem);
    expect(cloud.items()).toEqual([]);
  });
});

describe('an image of the user’s own', () => {
  const name = `registry.example/acme/shop@${publicDigest}`;

  test('is what is deployed; the pipeline still builds on the base image', async () => {
    const { regions } = (await validate({ app: { image: name } })) as Validated;
    expect(regions.map(({ image }) => image)).toEqual(
      Array(2).fill({
        base: publicImage,
        digest: publicDigest,
        tag: publicDigest.slice(7, 23),
      }),
    );
  });

  test('that its registry does not give to everybody is refused by its path', async () => {
    globalThis.fetch = async () => new Response('no', { status: 403 });
    await expect(validate({ app: { image: name } })).rejects.toThrow(
      /\$\.app\.image: GET registry\.example\/acme\/shop\/manifests\/\S+ the registry answered 403 .*: name an image for linux\/amd64 that can be pulled without credentials/,
    );
    expect(cloud.items()).toEqual([]);
  });

  test('that was read by an earlier run is not read again', async () => {
    const app = { image: name };
    const known = { ...reachedItem(regionConfig()), input: inputSchema.parse({ app }) };
    globalThis.fetch = async () => new Response('gone', { status: 404 });
    const { regions } = (await validate({ app }, [known])) as Validated;
    expect(regions[0]?.image.digest).toBe(regionConfig().image.digest);
  });
});

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
