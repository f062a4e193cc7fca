import {
  CreateRuleCommand,
  DeleteRuleCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  paginateDescribeRules,
  type Rule,
  type RuleCondition,
  SetRulePrioritiesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { environmentNamed, environments, pathOf } from '../../workflow/environments.ts';
import { anywhere, loadBalancerArns } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { made, ownedBy, ownershipTags, type Tags, upperTagList } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare, names, sorted } from './differences.ts';
import { elbTags } from './elb-tags.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { fromElbActions, type ListenerAction, type OtherAction, toElbAction } from './listener-action.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

interface Rewrite {
  readonly regex: string;
  readonly replace: string;
}

export interface ListenerRuleSpec {
  readonly listener: string;
  readonly priority: number;
  readonly paths: readonly string[];
  readonly action: ListenerAction;
  readonly rewrites: readonly Rewrite[];
}

export interface ListenerRuleFound extends Found {
  readonly listener: string;
  readonly priority: number;
  readonly paths: readonly string[];
  /** Conditions on anything but the path, as ELB shows them. */
  readonly otherConditions: readonly unknown[];
  readonly action: ListenerAction | OtherAction;
  readonly rewrites: readonly Rewrite[];
  /** Transforms of anything but the path, as ELB shows them. */
  readonly otherTransforms: readonly unknown[];
}

/** Room before, between and after for rules that people may add one day. */
const firstPriority = 10;
const priorityStep = 10;

const arns = [loadBalancerArns(anywhere, 'listener-rule')];
const listeners = [loadBalancerArns(anywhere, 'listener')];

export const listenerRule: Resource<ListenerRuleSpec, ListenerRuleFound> = {
  kind: 'listener-rule',
  parent: 'listener',
  permissions: {
    read: ['elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTags'],
    write: [
      creating(['elasticloadbalancing:CreateRule'], listeners),
      ...tagging('elasticloadbalancing', 'CreateRule', arns),
      onOwned(['elasticloadbalancing:ModifyRule', 'elasticloadbalancing:DeleteRule'], arns),
      // It can't be bound to tags.
      { actions: ['elasticloadbalancing:SetRulePriorities'], resources: arns },
      'tag:TagResources',
    ],
  },
  lingers: true,
  environmentOf: (key) => environmentNamed(key.replace(/^https?-/, '')),

  // On the listener that serves; the other one redirects. A rule can't move, so its key names the listener.
  specs({ certificateArn }) {
    const serving = certificateArn === undefined ? 'http' : 'https';
    // The environment on `/` needs no rule: the listener's own action serves it.
    return environments
      .filter((environment) => pathOf(environment) !== '/')
      .map((environment, index) => ({
        key: `${serving}-${environment}`,
        spec: {
          listener: ref('listener', serving),
          priority: firstPriority + index * priorityStep,
          paths: [pathOf(environment), `${pathOf(environment)}/*`],
          action: { type: 'forward', targetGroup: ref('target-group', environment) },
          // The app is the same in all environments and knows nothing of the prefix.
          rewrites: [{ regex: `^${pathOf(environment)}/?(.*)$`, replace: '/$1' }],
        },
      }));
  },

  async list(cloud, outputs) {
    const client = cloud.client(ElasticLoadBalancingV2Client);
    const seen: (readonly [listener: string, rule: Rule])[] = [];
    for (const { id } of Object.values(outputs.listener ?? {})) {
      const rules = allPages(paginateDescribeRules({ client }, { ListenerArn: id }), ({ Rules }) => Rules);
      // The default rule is the listener's own action, and has no tags.
      for (const rule of (await ignoreNotFound(rules)) ?? []) if (rule.IsDefault !== true) seen.push([id, rule]);
    }
    const tags = await elbTags(
      cloud,
      seen.flatMap(([, { RuleArn }]) => RuleArn ?? []),
    );
    return seen.flatMap(([parent, rule]) => toFound(cloud.scope, parent, rule, tags.get(rule.RuleArn ?? '') ?? {}));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('listener', found.listener, spec.listener, 'replace'),
    ...compare('priority', found.priority, spec.priority),
    ...compare('paths', sorted(found.paths), sorted(spec.paths)),
    ...compare('otherConditions', found.otherConditions, []),
    ...compare('action', found.action, spec.action),
    ...compare('rewrites', found.rewrites, spec.rewrites),
    ...compare('otherTransforms', found.otherTransforms, []),
  ],

  async create(cloud, { key, spec }) {
    const tags = ownershipTags(cloud.scope, 'listener-rule', key);
    const answer = await cloud.client(ElasticLoadBalancingV2Client).send(
      new CreateRuleCommand({
        ListenerArn: spec.listener,
        Priority: spec.priority,
        ...toRequest(spec),
        Tags: upperTagList(tags),
      }),
    );
    return made(toFound(cloud.scope, spec.listener, answer.Rules?.[0] ?? {}, tags), 'CreateRule');
  },

  async update(cloud, { spec }, found, differences) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    if (names(differences, 'priority'))
      await elb.send(
        new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: found.id, Priority: spec.priority }] }),
      );
    if (['paths', 'otherConditions', 'action', 'rewrites', 'otherTransforms'].some((path) => names(differences, path)))
      await elb.send(new ModifyRuleCommand({ RuleArn: found.id, ...toRequest(spec) }));
  },

  arn: ({ id }) => id,

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(ElasticLoadBalancingV2Client).send(new DeleteRuleCommand({ RuleArn: found.id })));
  },

  output: (found) => ({ id: found.id }),
};

export function toFound(scope: Scope, parent: string, seen: Rule, tags: Tags): ListenerRuleFound[] {
  const owned = ownedBy(scope, 'listener-rule', tags);
  if (owned === undefined || seen.RuleArn === undefined) return [];
  const conditions = seen.Conditions ?? [];
  return [
    {
      ...owned,
      id: seen.RuleArn,
      listener: parent,
      priority: Number(seen.Priority ?? 0),
      paths: conditions.flatMap(pathsOf),
      otherConditions: conditions.filter(({ Field }) => Field !== 'path-pattern'),
      action: fromElbActions(seen.Actions),
      rewrites: (seen.Transforms ?? []).flatMap(({ UrlRewriteConfig }) =>
        (UrlRewriteConfig?.Rewrites ?? []).map(({ Regex, Replace }) => ({
          regex: Regex ?? '',
          replace: Replace ?? '',
        })),
      ),
      otherTransforms: (seen.Transforms ?? []).filter(({ Type }) => Type !== undefined && Type !== 'url-rewrite'),
    },
  ];
}

/** ELB shows the patterns in two places, of which either may be missing. */
const pathsOf = ({ Field, Values, PathPatternConfig }: RuleCondition): readonly string[] =>
  Field === 'path-pattern' ? (PathPatternConfig?.Values ?? Values ?? []) : [];

const toRequest = ({ paths, action, rewrites }: ListenerRuleSpec) => ({
  Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [...paths] } }],
  Actions: [toElbAction(action)],
  Transforms: rewrites.map(({ regex, replace }) => ({
    Type: 'url-rewrite' as const,
    UrlRewriteConfig: { Rewrites: [{ Regex: regex, Replace: replace }] },
  })),
});
