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
  type Interceptor,
  type Parameters,
  type Reply,
  ServiceError,
  structures,
  text,
  texts,
  withBody,
} from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { quotaValue } from '../quotas.ts';
import { child, content, type Element, editXml, entries } from '../xml.ts';

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

interface Surroundings {
  readonly emulator: Emulator;
  /** When each load balancer was made, by ARN, epoch milliseconds. */
  readonly created: Map<string, number>;
  /** Fills in what ministack says wrongly of a load balancer. */
  readonly show: (item: Element, call: Call) => Promise<void>;
  readonly watch: (region: string) => void;
}

/** The creates: what is there already with the same settings is the answer, with others a refusal. */
export function creating({ emulator, created, show, watch }: Surroundings) {
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

  const loadBalancer: Interceptor = async (call, next) => {
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

  const targetGroup: Interceptor = async (call, next) => {
    watch(call.region);
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

  const listener: Interceptor = async (call, next) => {
    const LoadBalancerArn = text(call.parameters, 'LoadBalancerArn') ?? '';
    const { Listeners: listeners = [] } = await emulator
      .elb(call.region)
      .send(new DescribeListenersCommand({ LoadBalancerArn }))
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

  const rule: Interceptor = async (call, next) => {
    const ListenerArn = text(call.parameters, 'ListenerArn') ?? '';
    const priority = text(call.parameters, 'Priority');
    const { Rules: rules = [] } = await emulator
      .elb(call.region)
      .send(new DescribeRulesCommand({ ListenerArn }))
      .catch(() => ({ Rules: [] }));
    if (rules.some((rule) => rule.Priority === priority)) {
      throw new ServiceError('PriorityInUse', `Priority '${priority}' is currently in use`);
    }
    return next(call);
  };

  return { loadBalancer, targetGroup, listener, rule };
}
