import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Handlers, type Interceptor, ServiceError, structures, text } from '../call.ts';
import { all, oneAtATime } from '../client-tokens.ts';
import type { Clock } from '../clock.ts';
import type { Occupants } from '../ec2/dependencies.ts';
import type { Emulator } from '../emulator.ts';
import { child, content, type Element, editXml, entries } from '../xml.ts';
import { Attachments } from './attachments.ts';
import { creating } from './creates.ts';
import { DataPlane } from './data-plane.ts';
import { TargetHealth } from './health.ts';

/** Elastic Load Balancing v2 as the workflow needs it: see README.md, "Load balancers". */
export function elb(
  emulator: Emulator,
  clock: Clock,
): {
  handlers: Handlers;
  health: TargetHealth;
  attachments: Attachments;
  loadBalancersIn: Occupants['loadBalancersIn'];
  /** It will be `failed` when it would have been active. */
  fail(arn: string, message?: string): void;
} {
  /** When each load balancer was made, epoch milliseconds. */
  const created = new Map<string, number>();
  /** Why a load balancer will end as failed: for instruments. */
  const failures = new Map<string, string>();
  /** By ARN: on AWS, the network interfaces of what is deleted stay a while. */
  const deleted = new Map<string, { readonly region: string; readonly balancer: LoadBalancer; readonly at: number }>();
  const isSettled = (arn: string): boolean => !clock.within(created.get(arn) ?? 0, clock.durations.loadBalancerActive);
  const isActive = (arn: string): boolean => isSettled(arn) && !failures.has(arn);
  const attachments = new Attachments(emulator);
  const health = new TargetHealth(emulator, clock, attachments, isActive);
  const dataPlane = new DataPlane(emulator, health, isActive);

  const standingIn = async (region: string): Promise<LoadBalancer[]> =>
    (await emulator.elb(region).send(new DescribeLoadBalancersCommand({}))).LoadBalancers ?? [];

  const loadBalancersIn = async (region: string): Promise<LoadBalancer[]> => {
    const standing = await standingIn(region);
    const going = [...deleted.values()].filter(
      (each) => each.region === region && clock.within(each.at, clock.durations.loadBalancerDeleted),
    );
    return [...standing, ...going.map(({ balancer }) => balancer)];
  };

  async function show(item: Element, call: Call): Promise<void> {
    const arn = content(item, 'LoadBalancerArn') ?? '';
    const born = created.get(arn);
    if (born !== undefined) {
      item.State = !isSettled(arn)
        ? { Code: 'provisioning' }
        : isActive(arn)
          ? { Code: 'active' }
          : { Code: 'failed', Reason: failures.get(arn) };
      item.CreatedTime = clock.stretched(born).toISOString();
    }
    item.DNSName = await dataPlane.dnsName(arn, call.region);
    const { Subnets: subnets = [] } = await emulator.ec2(call.region).send(new DescribeSubnetsCommand({}));
    for (const zone of entries(item, 'AvailabilityZones')) {
      const subnet = subnets.find((candidate) => candidate.SubnetId === content(zone, 'SubnetId'));
      if (subnet?.AvailabilityZone !== undefined) zone.ZoneName = subnet.AvailabilityZone;
      // ministack names a VPC that does not exist.
      if (subnet?.VpcId !== undefined) item.VpcId = subnet.VpcId;
    }
  }

  const creates = creating({ emulator, created, show, watch: (region) => health.watch(region) });

  const deleteTargetGroup: Interceptor = async (call, next) => {
    const arn = text(call.parameters, 'TargetGroupArn') ?? '';
    const used = await attachments.of(call.region, arn);
    if (used.length > 0) {
      throw new ServiceError('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
    }
    return next(call);
  };

  const describeTargetHealth: Interceptor = async (call, next) => {
    const arn = text(call.parameters, 'TargetGroupArn') ?? '';
    health.watch(call.region);
    await health.refresh(call.region);
    const states = new Map(health.targetsOf(arn).map((target) => [`${target.id}:${target.port}`, target]));
    return editXml(await next(call), (root) => {
      for (const item of entries(child(root, 'DescribeTargetHealthResult'), 'TargetHealthDescriptions')) {
        const target = child(item, 'Target');
        const state = states.get(`${content(target, 'Id')}:${content(target, 'Port')}`);
        if (state === undefined) continue;
        item.TargetHealth = { State: state.state, Reason: state.reason, Description: state.description };
        delete item.HealthStatus;
      }
    });
  };

  const describeTargetGroups: Interceptor = async (call, next) => {
    const balancer = text(call.parameters, 'LoadBalancerArn');
    // ministack forgets the groups that only rules forward to: all are asked for, and picked here.
    const body = new URLSearchParams(call.body.toString());
    body.delete('LoadBalancerArn');
    const asked = balancer === undefined ? call : { ...call, body: Buffer.from(body.toString()) };
    return editXml(await next(asked), async (root) => {
      const result = child(root, 'DescribeTargetGroupsResult');
      const groups = entries(result, 'TargetGroups');
      for (const item of groups) {
        const member = await attachments.of(call.region, content(item, 'TargetGroupArn') ?? '');
        item.LoadBalancerArns = { member };
      }
      if (balancer === undefined || result === undefined) return;
      const member = groups.filter((item) => (item.LoadBalancerArns as { member: string[] }).member.includes(balancer));
      result.TargetGroups = { member };
    });
  };

  const deleteLoadBalancer: Interceptor = async (call, next) => {
    const arn = text(call.parameters, 'LoadBalancerArn') ?? '';
    const { Attributes = [] } = await emulator
      .elb(call.region)
      .send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }))
      .catch(() => ({ Attributes: [] }));
    if (Attributes.some(({ Key, Value }) => Key === 'deletion_protection.enabled' && Value === 'true')) {
      throw new ServiceError(
        'OperationNotPermitted',
        `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
      );
    }
    const balancer = (await standingIn(call.region)).find(({ LoadBalancerArn }) => LoadBalancerArn === arn);
    const reply = await next(call);
    if (reply.status < 300) {
      if (balancer !== undefined) deleted.set(arn, { region: call.region, balancer, at: Date.now() });
      dataPlane.close(arn);
      created.delete(arn);
    }
    return reply;
  };

  /** Priorities that rules outside the request have are taken. */
  const setRulePriorities: Interceptor = async (call, next) => {
    const wanted = structures(call.parameters, 'RulePriorities');
    const arns = wanted.map((each) => text(each, 'RuleArn') ?? '');
    const ListenerArn = arns[0]?.replace(':listener-rule/', ':listener/').replace(/\/[^/]*$/, '');
    const { Rules: rules = [] } = await emulator
      .elb(call.region)
      .send(new DescribeRulesCommand({ ListenerArn }))
      .catch(() => ({ Rules: [] }));
    for (const priority of wanted.map((each) => text(each, 'Priority'))) {
      if (rules.some((rule) => rule.Priority === priority && !arns.includes(rule.RuleArn ?? '')))
        throw new ServiceError('PriorityInUse', `Priority '${priority}' is currently in use`);
    }
    return next(call);
  };

  const turn = oneAtATime((call) => call.region);
  /** Whatever is changed, the data plane reads listeners and rules again. */
  const changed: Interceptor = async (call, next) => {
    try {
      return await next(call);
    } finally {
      attachments.forget();
      dataPlane.forgetConfigurations();
    }
  };
  const changing = (interceptor: Interceptor): Interceptor => all(changed, turn, interceptor);
  const passing: Interceptor = (call, next) => next(call);

  return {
    health,
    attachments,
    loadBalancersIn,
    fail: (arn, message = 'Internal failure') => void failures.set(arn, message),
    handlers: {
      'elasticloadbalancing:CreateLoadBalancer': changing(creates.loadBalancer),
      'elasticloadbalancing:DeleteLoadBalancer': changing(deleteLoadBalancer),
      'elasticloadbalancing:CreateTargetGroup': changing(creates.targetGroup),
      'elasticloadbalancing:DeleteTargetGroup': changing(deleteTargetGroup),
      'elasticloadbalancing:CreateListener': changing(creates.listener),
      'elasticloadbalancing:SetRulePriorities': changing(setRulePriorities),
      'elasticloadbalancing:CreateRule': changing(creates.rule),
      'elasticloadbalancing:DescribeTargetGroups': describeTargetGroups,
      'elasticloadbalancing:DescribeTargetHealth': describeTargetHealth,
      'elasticloadbalancing:DescribeLoadBalancers': async (call, next) =>
        editXml(await next(call), async (root) => {
          for (const item of entries(child(root, 'DescribeLoadBalancersResult'), 'LoadBalancers'))
            await show(item, call);
        }),
      ...Object.fromEntries(
        ['ModifyListener', 'DeleteListener', 'ModifyRule', 'DeleteRule'].map(
          (action) => [`elasticloadbalancing:${action}`, changing(passing)] as const,
        ),
      ),
    },
  };
}
