import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountSummaryCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { roleArnNamed, roleKeys, roleName, rolePath } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { rolesNamed, type WholeRole } from '../aws/roles.ts';
import { compare, names, sorted } from './differences.ts';
import { ownRoles } from './pass-role.ts';
import { comparePolicies, type Meaning, meaningOf, parsePolicy } from './policy-document.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';
import { rolesOf } from './role-policies.ts';
import type { RoleSpec } from './role-statements.ts';

export interface RoleFound extends Found {
  readonly name: string;
  readonly arn: string;
  readonly permissionsBoundary?: string;
  readonly trust: Meaning;
  readonly policies: Readonly<Record<string, Meaning>>;
  readonly managedPolicies: readonly string[];
}

export const role: Resource<RoleSpec, RoleFound> = {
  kind: 'role',
  permissions: {
    read: [
      'iam:ListRoles',
      'iam:GetAccountSummary',
      {
        actions: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
        resources: [ownRoles],
      },
    ],
    write: [
      {
        actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
        resources: [ownRoles],
        conditions: { StringEquals: { 'iam:PermissionsBoundary': '{permissionsBoundaryArn}' } },
      },
      {
        actions: [
          'iam:TagRole',
          'iam:UpdateAssumeRolePolicy',
          'iam:DeleteRolePolicy',
          'iam:DetachRolePolicy',
          'iam:DeleteRole',
        ],
        resources: [ownRoles],
      },
    ],
  },

  quota: {
    name: 'Roles per account',
    service: 'iam',
    code: 'L-FE177D64',
    scope: 'account',
    used: async (cloud) => (await accountSummary(cloud)).Roles ?? 0,
    limit: async (cloud) => (await accountSummary(cloud)).RolesQuota ?? Number.POSITIVE_INFINITY,
  },

  specs: rolesOf,

  async list(cloud, _outputs, only = roleKeys) {
    const names = roleKeys.filter((key) => only.includes(key)).map((key) => roleName(cloud.scope, key));
    return (await rolesNamed(cloud, rolePath, names)).flatMap((seen) =>
      orUnmanaged(toFound(cloud.scope, seen), seen.RoleName ?? ''),
    );
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('permissionsBoundary', found.permissionsBoundary, spec.permissionsBoundary),
    ...comparePolicies('trust', found.trust, meaningOf(spec.trust)),
    ...sorted([...new Set([...Object.keys(found.policies), ...Object.keys(spec.policies)])]).flatMap((name) => {
      const [was, want] = [found.policies[name], spec.policies[name]];
      return was === undefined || want === undefined
        ? compare(`policies[${name}]`, was, want)
        : comparePolicies(`policies[${name}]`, was, meaningOf(want));
    }),
    ...compare('managedPolicies', sorted(found.managedPolicies), []),
  ],

  async create(cloud, { key, spec }) {
    const made = await cloud.client(IAMClient).send(
      new CreateRoleCommand({
        RoleName: spec.name,
        Path: rolePath,
        Description: spec.description,
        AssumeRolePolicyDocument: JSON.stringify(spec.trust),
        PermissionsBoundary: spec.permissionsBoundary,
        Tags: upperTagList(ownershipTags(cloud.scope, 'role', key)),
      }),
    );
    return {
      key,
      id: spec.name,
      name: spec.name,
      arn: made.Role?.Arn ?? roleArnNamed(cloud.scope, spec.name),
      permissionsBoundary: spec.permissionsBoundary,
      trust: meaningOf(spec.trust),
      policies: {},
      managedPolicies: [],
    };
  },

  // The boundary first: what follows may only be done to a role that is bounded.
  async update(cloud, { spec }, found, differences) {
    const iam = cloud.client(IAMClient);
    const RoleName = found.name;
    if (names(differences, 'permissionsBoundary'))
      await iam.send(
        new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: spec.permissionsBoundary }),
      );
    if (names(differences, 'trust'))
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(spec.trust) }));
    for (const [PolicyName, document] of Object.entries(spec.policies))
      if (names(differences, `policies[${PolicyName}]`))
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }));
    for (const PolicyName of Object.keys(found.policies))
      if (spec.policies[PolicyName] === undefined)
        await ignoreNotFound(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
    for (const PolicyArn of found.managedPolicies)
      await ignoreNotFound(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  },

  // Not by the tagging API: it is a region's, and IAM the account's.
  async tag(cloud, found, tags) {
    await cloud.client(IAMClient).send(new TagRoleCommand({ RoleName: found.name, Tags: upperTagList(tags) }));
  },

  // IAM refuses to delete a role that has policies.
  async delete(cloud, found) {
    const iam = cloud.client(IAMClient);
    const RoleName = found.name;
    for (const PolicyName of Object.keys(found.policies))
      await ignoreNotFound(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
    for (const PolicyArn of found.managedPolicies)
      await ignoreNotFound(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
    await ignoreNotFound(iam.send(new DeleteRoleCommand({ RoleName })));
  },

  output: (found) => ({ id: found.name, arn: found.arn }),
};

export function toFound(scope: Scope, seen: WholeRole): RoleFound[] {
  const owned = ownedBy(scope, 'role', tagsOf(seen.Tags));
  if (owned === undefined || seen.RoleName === undefined) return [];
  const permissionsBoundary = seen.PermissionsBoundary?.PermissionsBoundaryArn;
  return [
    {
      ...owned,
      id: seen.RoleName,
      name: seen.RoleName,
      arn: seen.Arn ?? roleArnNamed(scope, seen.RoleName),
      trust: parsePolicy(seen.AssumeRolePolicyDocument),
      policies: Object.fromEntries(
        (seen.RolePolicyList ?? []).map(({ PolicyName, PolicyDocument }) => [
          PolicyName ?? '',
          parsePolicy(PolicyDocument),
        ]),
      ),
      managedPolicies: (seen.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    },
  ];
}

/** IAM's own counts: of each thing, how many the account has and may have. */
function accountSummary(cloud: Cloud): Promise<Partial<Record<string, number>>> {
  const read = async () => (await cloud.client(IAMClient).send(new GetAccountSummaryCommand({}))).SummaryMap ?? {};
  return cloud.snapshot?.onceInAccount('account summary', read) ?? read();
}
