import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  paginateGetAccountAuthorizationDetails,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  paginateListRoles,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import { ignoreNotFound, isDenied } from './aws-errors.ts';
import type { Cloud } from './cloud.ts';
import { allPages } from './pages.ts';

/** IAM actions of this file, where a cloud is only read from; the kinds declare the others. */
export const accountRolesPermissions = ['iam:GetAccountAuthorizationDetails'] as const;

/** IAM's largest page (service model). */
const atOnce = 1000;

/** A role with its policies. Documents are URL-encoded, as IAM answers. */
export type WholeRole = Pick<
  RoleDetail,
  | 'RoleName'
  | 'Arn'
  | 'AssumeRolePolicyDocument'
  | 'PermissionsBoundary'
  | 'Tags'
  | 'RolePolicyList'
  | 'AttachedManagedPolicies'
>;

/**
 * The roles under a path that have one of the names. IAM takes four calls or more to describe one role, and a single call
 * to describe all of the account's. That one can only be allowed on everything, so it is for Lambdas that change nothing.
 */
export async function rolesNamed(cloud: Cloud, path: string, names: readonly string[]): Promise<readonly WholeRole[]> {
  const account = await accountRoles(cloud);
  if (account === undefined) return readEach(cloud, path, names);
  return account.filter(({ Path, RoleName }) => Path === path && RoleName !== undefined && names.includes(RoleName));
}

/** All roles of the account, for a snapshot: IAM has no regions, so one call does for all of them. */
export const accountRoles = async (cloud: Cloud): Promise<readonly RoleDetail[] | undefined> =>
  cloud.snapshot?.onceInAccount('roles', async () => {
    const client = cloud.client(IAMClient);
    const pages = paginateGetAccountAuthorizationDetails({ client }, { Filter: ['Role'], MaxItems: atOnce });
    return allPages(pages, ({ RoleDetailList }) => RoleDetailList);
  });

async function readEach(cloud: Cloud, path: string, names: readonly string[]): Promise<readonly WholeRole[]> {
  const iam = cloud.client(IAMClient);
  const roles: WholeRole[] = [];
  for (const RoleName of await listed(iam, path, names)) {
    const read = async (): Promise<WholeRole> => {
      const [{ Role }, RolePolicyList, AttachedManagedPolicies] = await Promise.all([
        iam.send(new GetRoleCommand({ RoleName })),
        inlinePolicies(iam, RoleName),
        attachedPolicies(iam, RoleName),
      ]);
      return { ...Role, RolePolicyList, AttachedManagedPolicies };
    };
    try {
      const role = await ignoreNotFound(read());
      if (role !== undefined) roles.push(role);
    } catch (error) {
      // Policies name the path, and IAM knows the path of a role only while it exists: the read of one that another stage has
      // just removed is denied.
      if (!isDenied(error) || (await listed(iam, path, [RoleName])).length > 0) throw error;
    }
  }
  return roles;
}

/** Those of the names that are there. IAM leaves tags and boundary out of its list. */
async function listed(client: IAMClient, PathPrefix: string, names: readonly string[]): Promise<readonly string[]> {
  const there = await allPages(paginateListRoles({ client }, { PathPrefix }), ({ Roles }) => Roles);
  return there.flatMap(({ RoleName = '' }) => (names.includes(RoleName) ? [RoleName] : []));
}

async function inlinePolicies(client: IAMClient, RoleName: string): Promise<NonNullable<WholeRole['RolePolicyList']>> {
  const policies: NonNullable<WholeRole['RolePolicyList']> = [];
  const pages = paginateListRolePolicies({ client }, { RoleName });
  for (const PolicyName of await allPages(pages, ({ PolicyNames }) => PolicyNames)) {
    const answer = await ignoreNotFound(client.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
    if (answer !== undefined) policies.push({ PolicyName, PolicyDocument: answer.PolicyDocument });
  }
  return policies;
}

async function attachedPolicies(
  client: IAMClient,
  RoleName: string,
): Promise<NonNullable<WholeRole['AttachedManagedPolicies']>> {
  const pages = paginateListAttachedRolePolicies({ client }, { RoleName });
  return [...(await allPages(pages, ({ AttachedPolicies }) => AttachedPolicies))];
}
