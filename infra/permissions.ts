import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allResources } from '../lambdas/resources/all.ts';
import type { AnyResource, Permission } from '../lambdas/resources/resource.ts';
import { knownRegions } from '../workflow/regions.ts';
import type { Kind } from '../workflow/stages.ts';
import { taskRoles } from './allowances.ts';

/** What the resource kinds declare that they call. */
export const permissionsOf = (
  kinds: readonly Kind[],
  ...access: readonly (keyof AnyResource['permissions'])[]
): readonly Permission[] =>
  kinds.flatMap((kind) => access.flatMap((each): readonly Permission[] => allResources[kind].permissions[each] ?? []));

/** Nothing anywhere but in the regions that Slipway knows and at home. IAM has no regions. */
export const knownRegionsOnly = (): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.DENY,
    notActions: ['iam:*'],
    resources: ['*'],
    conditions: { StringNotEquals: { 'aws:RequestedRegion': [...knownRegions, Aws.REGION] } },
  });

/**
 * Policy statements for permissions: bare actions in one statement on every resource (most Describe and List calls know
 * none), bound ones by what binds them.
 */
export function statementsFor(
  permissions: readonly Permission[],
  permissionsBoundaryArn: string,
): readonly PolicyStatement[] {
  const fill = (text: string): string =>
    text
      .replaceAll('{partition}', Aws.PARTITION)
      .replaceAll('{account}', Aws.ACCOUNT_ID)
      .replaceAll('{permissionsBoundaryArn}', permissionsBoundaryArn);
  const bare = [...new Set(permissions.filter((each) => typeof each === 'string'))].sort();
  const bound = merged(permissions.filter((each) => typeof each !== 'string'));
  return [
    ...(bare.length === 0
      ? []
      : [
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: bare,
            resources: ['*'],
          }),
        ]),
    ...bound.map(
      ({ actions, resources, conditions }) =>
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: [...actions],
          resources: resources.flatMap((each) => (each === '{taskRoles}' ? taskRoles() : [fill(each)])),
          ...(conditions === undefined ? {} : { conditions: filledIn(conditions, fill) }),
        }),
    ),
  ];
}

type Bound = Exclude<Permission, string>;

/** As few as say the same: a role's own policies have room for 10,240 characters. */
function merged(permissions: readonly Bound[]): readonly Bound[] {
  const union = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])].sort();
  const together = (all: readonly Bound[], alike: (each: Bound) => unknown): readonly Bound[] => {
    const groups = new Map<string, Bound>();
    for (const each of all) {
      const key = JSON.stringify([alike(each), each.conditions]);
      const known = groups.get(key);
      groups.set(key, {
        ...each,
        actions: union(known?.actions ?? [], each.actions) as Bound['actions'],
        resources: union(known?.resources ?? [], each.resources),
      });
    }
    return [...groups.values()];
  };
  return together(
    together(permissions, ({ resources }) => [...resources].sort()),
    ({ actions }) => actions,
  );
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

const filledIn = (conditions: Conditions, fill: (text: string) => string): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => [key, typeof value === 'string' ? fill(value) : value.map(fill)]),
      ),
    ]),
  );
