import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  type Call,
  type Handlers,
  type Interceptor,
  type Parameters,
  type Reply,
  ServiceError,
  structures,
  text,
  texts,
  withBody,
} from '../call.ts';
import { all, oneAtATime } from '../client-tokens.ts';
import { type Clock, durations } from '../clock.ts';
import type { Emulator } from '../emulator.ts';
import { quotaValue } from '../quotas.ts';
import { child, content, type Element, editXml, entries } from '../xml.ts';
import { Attachments } from './attachments.ts';
import { DataPlane } from './data-plane.ts';
import { TargetHealth } from './health.ts';

const emptyReply: Reply = { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.alloc(0) };

/** The subnets a request names, by either of the two ways. */
const requestedSubnets = (parameters: Parameters): string[] => [
  ...texts(parameters, 'Subnets'),
  ...structures(parameters, 'SubnetMappings').flatMap((mapping) => text(mapping, 'SubnetId') ?? []),
];

const sameMembers = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();

/** Settings of a target group that a second CreateTargetGroup may not change. */
const targetGroupSettings = [
  'Protocol',
  'Port',
  'VpcId',
  'TargetType',
  'HealthCheckPath',
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
] as const;

/** The part of an action that decides whether two listeners are the same. */
const actionKey = (type: string | undefined, targetGroup: string | undefined): string =>
  `${type ?? ''} ${targetGroup ?? ''}`;
const listedActionKey = (action: Action): string =>
  actionKey(action.Type, action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn);
function requestedActionKey(action: Parameters): string {
  const forward = (action.ForwardConfig ?? {}) as Parameters;
  const [first] = structures(forward, 'TargetGroups');
  return actionKey(
    text(action, 'Type'),
    text(action, 'TargetGroupArn') ?? (first === undefined ? undefined : text(first, 'TargetGroupArn')),
  );
}

/** Elastic Load Balancing v2 as the workflow needs it: see README.md, "Load balancers". */
export function elb(
  emulator: Emulator,
  clock: Clock,
): {
  handlers: Handlers;
  health: TargetHealth;
  attachments: Attachments;
  /** It will be `failed` when it would have been active. */
  fail(arn: string, message?: string): void;
} {
  /** When each load balancer was made, epoch milliseconds. */
  const created = new Map<string, number>();
  /** Why a load balancer will end as failed: for instruments. */
  const failures = new Map<string, string>();
  const isSettled = (arn: string): boolean => !clock.within(created.get(arn) ?? 0, durations.loadBalancerActive);
  const isActive = (arn: string): boolean => isSettled(arn) && !failures.has(arn);
  const attachments = new Attachments(emulator);
  const health = new TargetHealth(emulator, clock, attachments, isActive);
  const dataPlane = new DataPlane(emulator, health, isActive);

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

  /** Answers a create with what a describe says about the one that exists already. */
  async function existing(
    call: Call,
    next: (call: Call) => Promise<Reply>,
    describe: string,
    result: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Reply> {
    const body = Buffer.from(
      new URLSearchParams({ Action: describe, Version: '2015-12-01', ...parameters }).toString(),
    );
    let members: Element[] = [];
    await editXml(await next({ ...call, action: describe, body }), async (root) => {
      members = entries(child(root, `${describe}Result`), result);
      if (result === 'LoadBalancers') for (const item of members) await show(item, call);
    });
    return editXml(
      withBody(
        emptyReply,
        `<${call.action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${call.action}Result><${result}/></${call.action}Result></${call.action}Response>`,
      ),
      (root) => {
        root[`${call.action}Result`] = { [result]: { member: members } };
      },
    );
  }

  const createLoadBalancer: Interceptor = async (call, next) => {
    const name = text(call.parameters, 'Name');
    const wanted = requestedSubnets(call.parameters);
    const { Subnets: subnets = [] } = await emulator.ec2(call.region).send(new DescribeSubnetsCommand({}));
    const zones = new Set<string>();
    for (const id of wanted) {
      const subnet = subnets.find((candidate) => candidate.SubnetId === id);
      if (subnet === undefined) throw new ServiceError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
      zones.add(subnet.AvailabilityZone ?? '');
    }
    if (zones.size < 2) {
      throw new ServiceError(
        'ValidationError',
        'At least two subnets in two different Availability Zones must be specified',
      );
    }
    const { LoadBalancers: balancers = [] } = await emulator
      .elb(call.region)
      .send(new DescribeLoadBalancersCommand({}));
    const known = balancers.find((balancer) => balancer.LoadBalancerName === name);
    if (known?.LoadBalancerArn !== undefined) {
      const same =
        known.Scheme === (text(call.parameters, 'Scheme') ?? 'internet-facing') &&
        known.Type === (text(call.parameters, 'Type') ?? 'application') &&
        sameMembers(
          (known.AvailabilityZones ?? []).flatMap((zone) => zone.SubnetId ?? []),
          wanted,
        ) &&
        sameMembers(known.SecurityGroups ?? [], texts(call.parameters, 'SecurityGroups'));
      if (!same) {
        throw new ServiceError(
          'DuplicateLoadBalancerName',
          `A load balancer with the same name '${name}' exists, but with different settings`,
        );
      }
      return existing(call, next, 'DescribeLoadBalancers', 'LoadBalancers', {
        'LoadBalancerArns.member.1': known.LoadBalancerArn,
      });
    }
    if (balancers.length >= quotaValue('L-53DA6B97')) {
      throw new ServiceError('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
    }
    return editXml(await next(call), async (root) => {
      for (const item of entries(child(root, 'CreateLoadBalancerResult'), 'LoadBalancers')) {
        created.set(content(item, 'LoadBalancerArn') ?? '', Date.now());
        await show(item, call);
      }
    });
  };

  const createTargetGroup: Interceptor = async (call, next) => {
    health.watch(call.region);
    const name = text(call.parameters, 'Name');
    const { TargetGroups: groups = [] } = await emulator.elb(call.region).send(new DescribeTargetGroupsCommand({}));
    const known = groups.find((group) => group.TargetGroupName === name);
    if (known?.TargetGroupArn === undefined) return next(call);
    const differs = targetGroupSettings.some((setting) => {
      const asked = text(call.parameters, setting);
      return asked !== undefined && asked !== String(known[setting] ?? '');
    });
    if (differs) {
      throw new ServiceError(
        'DuplicateTargetGroupName',
        `A target group with the same name '${name}' exists, but with different settings`,
      );
    }
    return existing(call, next, 'DescribeTargetGroups', 'TargetGroups', {
      'TargetGroupArns.member.1': known.TargetGroupArn,
    });
  };

  const createListener: Interceptor = async (call, next) => {
    const loadBalancer = text(call.parameters, 'LoadBalancerArn') ?? '';
    const { Listeners: listeners = [] } = await emulator
      .elb(call.region)
      .send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer }))
      // An unknown load balancer is refused by the call itself.
      .catch(() => ({ Listeners: [] }));
    const known = listeners.find((listener) => String(listener.Port) === text(call.parameters, 'Port'));
    if (known?.ListenerArn === undefined) return next(call);
    const same =
      known.Protocol === text(call.parameters, 'Protocol') &&
      sameMembers(
        (known.DefaultActions ?? []).map(listedActionKey),
        structures(call.parameters, 'DefaultActions').map(requestedActionKey),
      );
    if (!same) {
      throw new ServiceError(
        'DuplicateListener',
        'A listener already exists on this port for this load balancer with different settings',
      );
    }
    return existing(call, next, 'DescribeListeners', 'Listeners', { 'ListenerArns.member.1': known.ListenerArn });
  };

  const createRule: Interceptor = async (call, next) => {
    const listener = text(call.parameters, 'ListenerArn') ?? '';
    const priority = text(call.parameters, 'Priority');
    const { Rules: rules = [] } = await emulator
      .elb(call.region)
      .send(new DescribeRulesCommand({ ListenerArn: listener }))
      .catch(() => ({ Rules: [] }));
    if (rules.some((rule) => rule.Priority === priority)) {
      throw new ServiceError('PriorityInUse', `Priority '${priority}' is currently in use`);
    }
    return next(call);
  };

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
    const { TargetGroups: groups = [] } = await emulator
      .elb(call.region)
      .send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }))
      .catch(() => ({ TargetGroups: [] }));
    const [group] = groups;
    if (group !== undefined) {
      health.watch(call.region);
      await health.refresh(call.region, group);
    }
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
    const reply = await next(call);
    const arn = text(call.parameters, 'LoadBalancerArn') ?? '';
    if (reply.status < 300) {
      dataPlane.close(arn);
      created.delete(arn);
    }
    return reply;
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
    fail: (arn, message = 'Internal failure') => void failures.set(arn, message),
    handlers: {
      'elasticloadbalancing:CreateLoadBalancer': changing(createLoadBalancer),
      'elasticloadbalancing:DeleteLoadBalancer': changing(deleteLoadBalancer),
      'elasticloadbalancing:CreateTargetGroup': changing(createTargetGroup),
      'elasticloadbalancing:DeleteTargetGroup': changing(deleteTargetGroup),
      'elasticloadbalancing:CreateListener': changing(createListener),
      'elasticloadbalancing:CreateRule': changing(createRule),
      'elasticloadbalancing:DescribeTargetGroups': describeTargetGroups,
      'elasticloadbalancing:DescribeTargetHealth': describeTargetHealth,
      'elasticloadbalancing:DescribeLoadBalancers': async (call, next) =>
        editXml(await next(call), async (root) => {
          for (const item of entries(child(root, 'DescribeLoadBalancersResult'), 'LoadBalancers'))
            await show(item, call);
        }),
      ...Object.fromEntries(
        ['ModifyListener', 'DeleteListener', 'ModifyRule', 'DeleteRule', 'SetRulePriorities'].map(
          (action) => [`elasticloadbalancing:${action}`, changing(passing)] as const,
        ),
      ),
    },
  };
}
