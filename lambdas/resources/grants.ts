import { anywhere, arnOf } from '../../workflow/names.ts';
import { ownershipTag } from '../aws/ownership.ts';
import type { Permission } from './resource.ts';

type Actions = readonly `${string}:${string}`[];

/** Everything of an EC2 type in the account: AWS picks the ids, so only tags tell what is ours. */
export const ec2Arns = (...types: readonly string[]): readonly string[] =>
  types.map((type) => arnOf(anywhere, 'ec2', `${type}/*`));

/** Calls that make something: only with the deployment's tag in the request. */
export const creating = (actions: Actions, resources: readonly string[]): Permission => ({
  actions,
  resources,
  conditions: { Null: { [`aws:RequestTag/${ownershipTag.deployment}`]: 'false' } },
});

/** Calls that change, use or remove something: only what carries a deployment's tag. */
export const onOwned = (actions: Actions, resources: readonly string[]): Exclude<Permission, string> => ({
  actions,
  resources,
  conditions: { Null: { [`aws:ResourceTag/${ownershipTag.deployment}`]: 'false' } },
});

/** The same, where something else holds as well. */
export const withCondition = (
  permission: Exclude<Permission, string>,
  also: NonNullable<Exclude<Permission, string>['conditions']>,
): Permission => ({ ...permission, conditions: { ...permission.conditions, ...also } });

const taggingAction = {
  ec2: 'ec2:CreateTags',
  ecs: 'ecs:TagResource',
  elasticloadbalancing: 'elasticloadbalancing:AddTags',
} as const;

/** Tags: on what is ours already, and on anything only by the call that makes it. */
export const tagging = (
  service: keyof typeof taggingAction,
  createAction: string,
  resources: readonly string[],
): readonly Permission[] => [
  {
    actions: [taggingAction[service]],
    resources,
    conditions: { StringEquals: { [`${service}:CreateAction`]: createAction } },
  },
  onOwned([taggingAction[service]], resources),
];
