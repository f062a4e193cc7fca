import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Emulator } from '../emulator.ts';
import { remembered } from '../memo.ts';

/** Load balancers by the target groups that their listeners forward to. */
type Uses = ReadonlyMap<string, ReadonlySet<string>>;

const targetGroupsOf = (actions: readonly Action[] | undefined): string[] =>
  (actions ?? []).flatMap((action) => [
    ...(action.TargetGroupArn === undefined ? [] : [action.TargetGroupArn]),
    ...(action.ForwardConfig?.TargetGroups ?? []).flatMap((group) => group.TargetGroupArn ?? []),
  ]);

/** Which load balancers use a target group, by default actions and by rules; ministack counts default actions only. */
export class Attachments {
  readonly #emulator: Emulator;
  readonly #uses = new Map<string, Promise<Uses>>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** Listeners or rules may have changed. */
  forget(): void {
    this.#uses.clear();
  }

  async of(region: string, targetGroupArn: string): Promise<string[]> {
    const uses = await remembered(this.#uses, region, () => this.#read(region));
    return [...(uses.get(targetGroupArn) ?? [])];
  }

  async #read(region: string): Promise<Uses> {
    const client = this.#emulator.elb(region);
    const uses = new Map<string, Set<string>>();
    const { LoadBalancers: balancers = [] } = await client.send(new DescribeLoadBalancersCommand({}));
    for (const { LoadBalancerArn: balancer = '' } of balancers) {
      const { Listeners: listeners = [] } = await client.send(
        new DescribeListenersCommand({ LoadBalancerArn: balancer }),
      );
      for (const { ListenerArn, DefaultActions } of listeners) {
        const { Rules: rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn }));
        for (const group of [DefaultActions, ...rules.map((rule) => rule.Actions)].flatMap(targetGroupsOf)) {
          remembered(uses, group, () => new Set()).add(balancer);
        }
      }
    }
    return uses;
  }
}
