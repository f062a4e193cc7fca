import { describe, expect, test } from '@jest/globals';
import { type Call, jsonReply, ServiceError } from '../../../../infra/local/front-door/call.ts';
import { structureProblem } from '../../../../infra/local/front-door/cicd/pipeline/structure-problem.ts';
import { clientTokens, oneAtATime } from '../../../../infra/local/front-door/client-tokens.ts';
import { clockOf } from '../../../../infra/local/front-door/clock.ts';
import { settle, type TargetState } from '../../../../infra/local/front-door/elb/health.ts';
import { errorReply } from '../../../../infra/local/front-door/errors.ts';
import { latency } from '../../../../infra/local/front-door/instruments/latency.ts';
import { isFargateSize } from '../../../../infra/local/front-door/services/fargate-sizes.ts';
import { remembered } from '../../../../infra/local/front-door/services/remembered.ts';
import { localUrl } from '../../../../infra/local/local-url.ts';
import { parseProcesses } from '../../../../infra/local/state.ts';
import { durations } from './durations.ts';

const call = (over: Partial<Call> = {}): Call => ({
  service: 'ec2',
  action: 'CreateNatGateway',
  region: 'us-east-1',
  principal: 'test',
  protocol: 'ec2',
  method: 'POST',
  target: '/',
  headers: {},
  parameters: { ClientToken: 't', SubnetId: 's' },
  body: Buffer.alloc(0),
  ...over,
});

describe('client tokens', () => {
  const counting = () => {
    let count = 0;
    return async () => {
      count += 1;
      return jsonReply({ count });
    };
  };
  test('the same token and parameters get the first reply again', async () => {
    const next = counting();
    const tokens = clientTokens();
    const [first, second] = [await tokens(call(), next), await tokens(call(), next)];
    expect(String(second.body)).toBe(String(first.body));
  });
  test('two at the same time make one', async () => {
    const next = counting();
    const tokens = clientTokens();
    const replies = await Promise.all([tokens(call(), next), tokens(call(), next)]);
    expect(new Set(replies.map((reply) => String(reply.body))).size).toBe(1);
  });
  test('other parameters are refused', async () => {
    const tokens = clientTokens();
    await tokens(call(), counting());
    const again = tokens(call({ parameters: { ClientToken: 't', SubnetId: 'other' } }), counting());
    await expect(again).rejects.toThrow('other parameters');
  });
  test.each([
    ['another region', { region: 'us-west-2' }],
    ['another action', { action: 'CreateRouteTable' }],
    ['no token', { parameters: { SubnetId: 's' } }],
  ])('%s is another request', async (_name, over) => {
    const next = counting();
    const tokens = clientTokens();
    const first = await tokens(call(), next);
    expect(String((await tokens(call(over), next)).body)).not.toBe(String(first.body));
  });
  test('a failure is not remembered', async () => {
    const tokens = clientTokens();
    await tokens(call(), async () => jsonReply({}, 500));
    expect((await tokens(call(), counting())).status).toBe(200);
  });
});

test('calls with the same key run one after the other, also after a failure', async () => {
  const order: string[] = [];
  const turn = oneAtATime(({ region }) => region);
  const step =
    (name: string, fail = false) =>
    async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (fail) throw new Error(name);
      return jsonReply({});
    };
  await Promise.allSettled([turn(call(), step('a', true)), turn(call(), step('b'))]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('on a scaled clock an age looks as long as on AWS', () => {
  let now = 1_000_000;
  const clock = clockOf(0.05, durations, () => now);
  const start = now;
  now += 2650;
  expect((now - clock.stretched(start).getTime()) / 1000).toBeCloseTo(53);
  expect(clock.within(start, 106)).toBe(true);
  now += 2651;
  expect(clock.within(start, 106)).toBe(false);
});

test.each<[string, readonly [action: string, name: string, answer: string], string, unknown, unknown]>([
  ['ecs', ['CreateService', 'serviceName', 'service'], 'availabilityZoneRebalancing', 'ENABLED', 'DISABLED'],
  ['codebuild', ['CreateProject', 'name', 'project'], 'queuedTimeoutInMinutes', 60, 480],
  ['ecr', ['CreateRepository', 'repositoryName', 'repository'], 'imageTagMutabilityExclusionFilters', [], undefined],
])('%s answers a create with what ministack drops', async (service, [action, name, answer], member, set, unset) => {
  const answers = async (parameters: object) => {
    const replies = remembered().flatMap((handlers) => handlers[`${service}:${action}`] ?? []);
    const made = replies.map(async (reply) => {
      const { body } = await reply(call({ service, action, parameters: { [name]: 'a', ...parameters } }), async () =>
        jsonReply({ [answer]: { [name]: 'a' } }),
      );
      return (JSON.parse(String(body)) as Record<string, Record<string, unknown>>)[answer]?.[member];
    });
    return (await Promise.all(made)).find((value) => value !== undefined);
  };
  expect([await answers({ [member]: set }), await answers({})]).toEqual([set, unset]);
});

test("calls of Lambdas take as long as their service's, and other people's no time", async () => {
  const waited: number[] = [];
  const clock = { ...clockOf(0, durations), milliseconds: (seconds: number) => waited.push(seconds) && 0 };
  const delayed = latency({ others: 80, dynamodb: 10 }, clock);
  for (const [service, principal] of [
    ['ec2', 'lambda:slipway-vpc'],
    ['dynamodb', 'lambda:slipway-vpc'],
    ['ec2', 'test'],
  ] as const)
    await delayed(call({ service, principal }), async () => jsonReply({}));
  expect(waited).toEqual([0.08, 0.01]);
});

describe('target health', () => {
  const target = (over: Partial<TargetState> = {}): TargetState => ({
    id: '127.0.0.1',
    port: 8080,
    state: 'initial',
    successes: 0,
    failures: 0,
    due: 0,
    ...over,
  });
  const bad = { ok: false, reason: 'Target.Timeout', description: 'Request timed out' } as const;
  test('a new target is healthy after one success', () => {
    const fresh = target();
    settle(fresh, { ok: true }, 5, 2);
    expect(fresh.state).toBe('healthy');
  });
  test('a new target is unhealthy only after the threshold', () => {
    const fresh = target();
    settle(fresh, bad, 5, 2);
    expect(fresh).toMatchObject({ state: 'initial', reason: 'Elb.InitialHealthChecking' });
    settle(fresh, bad, 5, 2);
    expect(fresh).toMatchObject({ state: 'unhealthy', reason: 'Target.Timeout' });
  });
  test('an unhealthy target needs the whole threshold to come back', () => {
    const sick = target({ state: 'unhealthy' });
    settle(sick, { ok: true }, 2, 2);
    expect(sick.state).toBe('unhealthy');
    settle(sick, { ok: true }, 2, 2);
    expect(sick.state).toBe('healthy');
  });
  test('one failure does not make a healthy target unhealthy', () => {
    const well = target({ state: 'healthy' });
    settle(well, bad, 5, 2);
    expect(well.state).toBe('healthy');
  });
});

test.each([
  [256, 512, true],
  [256, 4096, false],
  [512, 512, false],
  [1024, 8192, true],
  [1024, 2500, false],
  [300, 512, false],
])('Fargate runs %i CPU units with %i MB: %s', (cpu, memory, offered) => {
  expect(isFargateSize(cpu, memory)).toBe(offered);
});

describe('errors', () => {
  const error = new ServiceError('InvalidSubnet.Conflict', "The CIDR '<x>' conflicts");
  test.each([
    ['ec2', 'ec2', '<Response><Errors><Error><Code>InvalidSubnet.Conflict</Code>'],
    ['sns', 'query', '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidSubnet.Conflict</Code>'],
    ['ecs', 'json', '"__type":"InvalidSubnet.Conflict"'],
  ] as const)('of %s are in its protocol', (service, protocol, part) => {
    expect(String(errorReply({ service, protocol }, error).body)).toContain(part);
  });
  test('are escaped', () => {
    expect(String(errorReply({ service: 'ec2', protocol: 'ec2' }, error).body)).toContain('&lt;x&gt;');
  });
});

describe('a pipeline structure', () => {
  const action = (name: string, category: string, inputs: string[], outputs: string[]) => ({
    name,
    actionTypeId: { category, owner: 'AWS', provider: 'X', version: '1' },
    inputArtifacts: inputs.map((artifact) => ({ name: artifact })),
    outputArtifacts: outputs.map((artifact) => ({ name: artifact })),
  });
  const source = { name: 'Source', actions: [action('S', 'Source', [], ['src'])] };
  const build = { name: 'Build', actions: [action('B', 'Build', ['src'], [])] };
  const structure = { name: 'p', roleArn: 'r', artifactStore: {}, stages: [source, build] };
  test.each<[string, Record<string, unknown>, RegExp | undefined]>([
    ['a good one', {}, undefined],
    ['one stage', { stages: [source] }, /at least 2 stages/],
    ['no role', { roleArn: undefined }, /role/],
    ['no artifact store', { artifactStore: undefined }, /artifact store/],
    ['a build first', { stages: [build, source] }, /first stage/],
    [
      'an artifact nobody makes',
      { stages: [source, { name: 'Build', actions: [action('B', 'Build', ['x'], [])] }] },
      /'x'/,
    ],
    ['the same stage name twice', { stages: [source, { ...build, name: 'Source' }] }, /unique/],
    ['a stage without actions', { stages: [source, { name: 'Build', actions: [] }] }, /no actions/],
  ])('%s', (_name, over, problem) => {
    const found = structureProblem({ ...structure, ...over });
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

test.each([
  ['http://ab12.execute-api.localhost:4610/x?y=1', 'http://localhost:5000/_aws/execute-api/ab12/$default/x?y=1'],
  ['https://ab12.execute-api.us-east-1.amazonaws.com/x', 'http://localhost:5000/_aws/execute-api/ab12/$default/x'],
  ['https://console.aws.amazon.com/states', 'https://console.aws.amazon.com/states'],
])('the local form of %s', (link, expected) => {
  expect(localUrl({ port: 5000 }, link)).toBe(expected);
});

test('zombies are no processes', () => {
  const listing = '  10   10 Ss   /usr/bin/node main.ts --directory=/a\n  11   10 Z    [node] <defunct>\n';
  expect(parseProcesses(listing)).toEqual([{ pid: 10, group: 10, command: '/usr/bin/node main.ts --directory=/a' }]);
});
