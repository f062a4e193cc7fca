import { describe, expect, test } from '@jest/globals';
import { type Call, jsonReply } from '../../../../infra/local/front-door/call.ts';
import { clockOf } from '../../../../infra/local/front-door/clock.ts';
import { dependencies } from '../../../../infra/local/front-door/ec2/dependencies.ts';
import { NatGateways } from '../../../../infra/local/front-door/ec2/nat-gateways.ts';
import { elb } from '../../../../infra/local/front-door/elb/elb.ts';
import type { Emulator } from '../../../../infra/local/front-door/emulator.ts';
import { durations } from './durations.ts';

const LoadBalancerArn = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/1';

/** A load balancer in a VPC, and a clock that is turned by hand. */
function standing(scheme: 'internet-facing' | 'internal') {
  let later = 0;
  const clock = clockOf(1, durations, () => Date.now() + later * 1000);
  const subnets = [
    { SubnetId: 'subnet-of-it', VpcId: 'vpc-1' },
    { SubnetId: 'another', VpcId: 'vpc-2' },
  ];
  let balancers = [
    {
      LoadBalancerArn,
      Scheme: scheme,
      AvailabilityZones: [{ SubnetId: 'subnet-of-it' }],
      SecurityGroups: ['sg-of-it'],
    },
  ];
  const client = { send: async () => ({ LoadBalancers: balancers, Subnets: subnets, SecurityGroups: [] }) };
  const emulator = { elb: () => client, ec2: () => client } as unknown as Emulator;
  const balancing = elb(emulator, clock);
  const refusals = dependencies(emulator, new NatGateways(emulator, clock), {
    tasksIn: async () => ({ subnets: [], groups: [] }),
    loadBalancersIn: balancing.loadBalancersIn,
  });
  const call = (action: string, parameters: object, region = 'us-east-1') =>
    ({ service: 'ec2', action, region, parameters }) as Call;
  const held = async (action: keyof typeof refusals, parameters: object, region?: string): Promise<boolean> =>
    refusals[action](call(action, parameters, region), async () => jsonReply({})).then(
      () => false,
      ({ code }) => code === 'DependencyViolation',
    );
  return {
    /** Which of its VPC's parts are not let go. */
    async holds(region?: string): Promise<string[]> {
      const asked = [
        ['subnet', await held('ec2:DeleteSubnet', { SubnetId: 'subnet-of-it' }, region)],
        ['group', await held('ec2:DeleteSecurityGroup', { GroupId: 'sg-of-it' }, region)],
        ['gateway', await held('ec2:DetachInternetGateway', { VpcId: 'vpc-1' }, region)],
        ['another subnet', await held('ec2:DeleteSubnet', { SubnetId: 'another' }, region)],
        ['another group', await held('ec2:DeleteSecurityGroup', { GroupId: 'another' }, region)],
        ["another VPC's gateway", await held('ec2:DetachInternetGateway', { VpcId: 'vpc-2' }, region)],
      ] as const;
      return asked.flatMap(([what, isHeld]) => (isHeld ? [what] : []));
    },
    async remove(): Promise<void> {
      const remove = balancing.handlers['elasticloadbalancing:DeleteLoadBalancer'];
      await remove?.(call('DeleteLoadBalancer', { LoadBalancerArn }), async () => {
        balancers = [];
        return jsonReply({});
      });
    },
    wait: (seconds: number) => {
      later += seconds;
    },
  };
}

describe('what a load balancer is in', () => {
  test.each([
    ['internet-facing', ['subnet', 'group', 'gateway']],
    ['internal', ['subnet', 'group']],
  ] as const)('is held by an %s one, also a while after it is deleted: %j', async (scheme, parts) => {
    const { holds, remove, wait } = standing(scheme);
    expect(await holds()).toEqual(parts);
    await remove();
    wait(14);
    expect(await holds()).toEqual(parts);
    wait(2);
    expect(await holds()).toEqual([]);
  });

  test('is held no longer because it is deleted again, and not in another region', async () => {
    const { holds, remove, wait } = standing('internal');
    await remove();
    expect(await holds('us-west-2')).toEqual([]);
    wait(14);
    await remove();
    wait(2);
    expect(await holds()).toEqual([]);
  });
});
