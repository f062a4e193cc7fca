import { describe, expect, test } from '@jest/globals';
import { type Call, HangUp, jsonReply, type Reply } from '../../../../infra/local/front-door/call.ts';
import { clockOf } from '../../../../infra/local/front-door/clock.ts';
import { serviceControlPolicies } from '../../../../infra/local/front-door/iam/organisation.ts';
import type { Fault, FaultPlan } from '../../../../infra/local/front-door/instruments/faults.ts';
import { Instruments, isPlatformCall } from '../../../../infra/local/front-door/instruments/instruments.ts';
import { Ec2Buckets, TokenBucket } from '../../../../infra/local/front-door/instruments/throttling.ts';
import { quotaValue } from '../../../../infra/local/front-door/quotas.ts';
import { durations } from './durations.ts';

const call = (over: Partial<Call> = {}): Call => ({
  service: 'ec2',
  action: 'CreateVpc',
  region: 'us-east-1',
  principal: 'lambda:slipway-vpc',
  protocol: 'ec2',
  method: 'POST',
  target: '/',
  headers: {},
  parameters: {},
  body: Buffer.alloc(0),
  callerPort: 4000,
  ...over,
});

function instruments(faults: readonly Fault[], seed = 1, points: FaultPlan['points'] = 'platform') {
  const done: string[] = [];
  const killed: number[] = [];
  const doomed: string[] = [];
  const under = new Instruments({
    clock: clockOf(1, durations),
    kill: async (port) => killed.push(port),
    failLater: (id) => doomed.push(id),
    log: () => {},
  });
  under.set({ seed, points, faults });
  const send = (asked: Call = call(), answer: Reply = jsonReply({})): Promise<Reply> =>
    under.interceptor(asked, async ({ action }) => {
      done.push(action);
      return answer;
    });
  return { under, send, done, killed, doomed };
}

describe('which calls', () => {
  test.each([
    ['an EC2 call of a Lambda', call(), true],
    ["a person's call", call({ principal: 'test' }), false],
    ["Slipway's own table", call({ service: 'dynamodb', action: 'PutItem' }), false],
    ['progress', call({ service: 'sns', action: 'Publish' }), false],
    ["the platform's topic", call({ service: 'sns', action: 'CreateTopic' }), true],
    ['a push to a registry', call({ service: 'ecr', action: 'PutImage', principal: '-' }), true],
  ])('%s', (_, asked, expected) => {
    expect(isPlatformCall(asked)).toBe(expected);
  });

  test('of a plan for what is our own: the k-th mutating one to table, machines and topics', async () => {
    const { under, send } = instruments([{ do: 'fail', at: [2] }], 1, 'own');
    const publish = call({ service: 'sns', action: 'Publish' });
    await send();
    await send(call({ service: 'dynamodb', action: 'Query' }));
    await send(call({ service: 'dynamodb', action: 'PutItem', principal: 'test' }));
    await send(call({ service: 'dynamodb', action: 'PutItem' }));
    await expect(send(publish)).rejects.toThrow('internal error');
    await send(publish);
    expect(under.status().calls).toEqual([
      'dynamodb:PutItem in us-east-1',
      'sns:Publish in us-east-1',
      'sns:Publish in us-east-1',
    ]);
  });

  test('the k-th call is the k-th mutating one, reads and others not counted', async () => {
    const { under, send } = instruments([{ do: 'fail', at: [2] }]);
    await send();
    await send(call({ action: 'DescribeVpcs' }));
    await send(call({ principal: 'test' }));
    await expect(send(call({ action: 'CreateSubnet' }))).rejects.toThrow('internal error');
    await send(call({ action: 'CreateSubnet' }));
    expect(under.status().fired).toMatchObject([{ do: 'fail', k: 2, call: 'ec2:CreateSubnet in us-east-1' }]);
    expect(under.status().calls).toHaveLength(3);
  });

  test('nth counts the calls that match', async () => {
    const { send, done } = instruments([{ do: 'fail', action: 'Create*', region: 'us-west-2', nth: [2] }]);
    await send(call({ region: 'us-west-2' }));
    await send();
    await expect(send(call({ region: 'us-west-2' }))).rejects.toThrow();
    expect(done).toHaveLength(2);
  });

  test("naming a service reaches Slipway's own calls too, for Lambdas only", async () => {
    const { send } = instruments([{ do: 'fail', service: 'dynamodb' }]);
    await expect(send(call({ service: 'dynamodb', action: 'PutItem' }))).rejects.toThrow();
    await expect(send(call({ service: 'dynamodb', principal: 'test' }))).resolves.toBeDefined();
  });

  test('the same seed strikes the same calls', async () => {
    const struck = async (seed: number) => {
      const { send } = instruments([{ do: 'throttle', probability: 0.2 }], seed);
      const answers = await Promise.all(
        Array.from({ length: 200 }, () =>
          send().then(
            () => '.',
            () => 'x',
          ),
        ),
      );
      return answers.join('');
    };
    const first = await struck(7);
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
    expect(first.replaceAll('.', '').length).toBeGreaterThan(20);
    expect(first.replaceAll('.', '').length).toBeLessThan(60);
  });

  test('without a plan nothing is touched', async () => {
    const { under, send } = instruments([{ do: 'fail' }]);
    under.set({ faults: [] });
    await expect(send()).resolves.toBeDefined();
  });
});

describe('what they do', () => {
  test('fail: nothing is done, and the error is the named one', async () => {
    const { send, done } = instruments([{ do: 'fail', code: 'UnauthorizedOperation', status: 403 }]);
    await expect(send()).rejects.toMatchObject({ code: 'UnauthorizedOperation', status: 403 });
    expect(done).toEqual([]);
  });
  test('drop: the work is done and nobody hears of it', async () => {
    const { send, done, killed } = instruments([{ do: 'drop' }]);
    await expect(send()).rejects.toThrow(HangUp);
    expect([done, killed]).toEqual([['CreateVpc'], []]);
  });
  test('kill: the work is done and the caller dies', async () => {
    const { send, done, killed } = instruments([{ do: 'kill' }]);
    await expect(send()).rejects.toThrow(HangUp);
    expect([done, killed]).toEqual([['CreateVpc'], [4000]]);
  });
  test('hold: the call goes on when the plan ends', async () => {
    const { under, send, done } = instruments([{ do: 'hold', action: 'CreateVpc' }]);
    const held = send();
    await Promise.resolve();
    expect([done, under.status().held]).toEqual([[], ['ec2:CreateVpc in us-east-1']]);
    under.set({ faults: [] });
    await held;
    expect(done).toEqual(['CreateVpc']);
  });
  test.each([
    ['ec2', 'RequestLimitExceeded'],
    ['ecs', 'ThrottlingException'],
    ['elasticloadbalancing', 'Throttling'],
  ])('throttle: %s says %s', async (service, code) => {
    const { send } = instruments([{ do: 'throttle' }]);
    await expect(send(call({ service }))).rejects.toMatchObject({ code });
  });
  test('down: every call to the region, reads too', async () => {
    const { send } = instruments([{ do: 'down', region: 'us-west-2', how: '503' }]);
    await expect(send(call({ region: 'us-west-2', action: 'DescribeVpcs' }))).rejects.toMatchObject({ status: 503 });
    await expect(send()).resolves.toBeDefined();
  });
  test('lag: what was just made is missing from lists, and unknown by id', async () => {
    const { under, send } = instruments([{ do: 'lag', seconds: 100 }]);
    const xml = (body: string): Reply => ({ status: 200, headers: {}, body: Buffer.from(body) });
    await send(call(), xml('<CreateVpcResponse><vpc><vpcId>vpc-0123456789abcdef0</vpcId></vpc></CreateVpcResponse>'));
    const list = xml(
      '<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-0123456789abcdef0</vpcId></item><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>',
    );
    const seen = String((await send(call({ action: 'DescribeVpcs' }), list)).body);
    expect(seen).not.toContain('vpc-0123456789abcdef0');
    expect(seen).toContain('vpc-1');
    const byId = call({ action: 'DescribeVpcs', parameters: { VpcId: ['vpc-0123456789abcdef0'] } });
    await expect(send(byId, list)).rejects.toMatchObject({ code: 'InvalidVpcID.NotFound' });
    under.set({ faults: [] });
    expect(String((await send(call({ action: 'DescribeVpcs' }), list)).body)).toContain('vpc-0123456789abcdef0');
  });
  test("role-lag: a young role is refused in the service's own words", async () => {
    const { send, under } = instruments([{ do: 'role-lag', seconds: 100 }]);
    const create = (RoleName: string) => send(call({ service: 'iam', action: 'CreateRole', parameters: { RoleName } }));
    await create('young');
    const project = (role: string) =>
      send(
        call({
          service: 'codebuild',
          action: 'CreateProject',
          parameters: { serviceRole: `arn:aws:iam::1:role/p/${role}` },
        }),
      );
    await expect(project('young')).rejects.toMatchObject({ code: 'InvalidInputException' });
    await expect(project('young')).rejects.toMatchObject({ code: 'InvalidInputException' });
    await expect(project('old')).resolves.toBeDefined();
    // However slow this machine is, the first use comes too early.
    under.set({ faults: [{ do: 'role-lag', seconds: 0 }] });
    await create('next');
    await expect(project('next')).rejects.toMatchObject({ code: 'InvalidInputException' });
    await expect(project('next')).resolves.toMatchObject({ status: 200 });
  });
  test.each([
    ['nat-failed', 'CreateNatGateway', 'natGatewayId'],
    ['alb-failed', 'CreateLoadBalancer', 'LoadBalancerArn'],
  ] as const)('%s: the n-th that is made is told to fail', async (effect, action, element) => {
    const { send, doomed } = instruments([{ do: effect, nth: [2] }]);
    await send();
    for (const id of ['1', '2', '3'])
      await send(call({ action }), {
        status: 200,
        headers: {},
        body: Buffer.from(`<${element}>${id}</${element}>`),
      });
    expect(doomed).toEqual(['2']);
  });
  test('quota: another value until the plan ends', () => {
    const { under } = instruments([{ do: 'quota', code: 'L-0263D0A3', value: 1 }]);
    expect(quotaValue('L-0263D0A3')).toBe(1);
    under.set({ faults: [] });
    expect(quotaValue('L-0263D0A3')).toBe(5);
  });
  test('scp: the organisation has that policy until the plan ends', () => {
    const policy = { Statement: [{ Effect: 'Deny', Action: 'ec2:*', Resource: '*' }] };
    const { under } = instruments([{ do: 'scp', policy }]);
    expect(serviceControlPolicies()).toEqual([policy]);
    under.set({ faults: [] });
    expect(serviceControlPolicies()).toEqual([]);
  });
});

describe('buckets', () => {
  test('a bucket gives its capacity at once and refills by the second', () => {
    let now = 0;
    const bucket = new TokenBucket(2, 5, () => now);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
    now = 200;
    expect([bucket.take(), bucket.take()]).toEqual([true, false]);
  });
  test("EC2's are one set a region: 50 writes at once, 60 are too many", () => {
    const buckets = new Ec2Buckets(() => 0);
    const allowed = Array.from({ length: 60 }, () => buckets.allows(call())).filter(Boolean);
    expect(allowed).toHaveLength(50);
    expect(buckets.allows(call({ region: 'us-west-2' }))).toBe(true);
    expect(buckets.allows(call({ action: 'DescribeVpcs' }))).toBe(true);
  });
});
