import { CreateServiceLinkedRoleCommand, GetRoleCommand, IAMClient, type Role } from '@aws-sdk/client-iam';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { accountRoles } from '../aws/roles.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';

export interface ServiceLinkedRoleSpec {
  /** The service that may assume it; it also names the role's path. */
  readonly service: string;
  /** The name that AWS gives it. */
  readonly name: string;
}

export type ServiceLinkedRoleFound = Found & ServiceLinkedRoleSpec & { readonly arn: string };

/** By key; the names are AWS's own. */
const roles: Readonly<Record<string, ServiceLinkedRoleSpec>> = {
  ecs: { service: 'ecs.amazonaws.com', name: 'AWSServiceRoleForECS' },
  elasticloadbalancing: {
    service: 'elasticloadbalancing.amazonaws.com',
    name: 'AWSServiceRoleForElasticLoadBalancing',
  },
  'ecs-autoscaling': {
    service: 'ecs.application-autoscaling.amazonaws.com',
    name: 'AWSServiceRoleForApplicationAutoScaling_ECSService',
  },
};

const arns = 'arn:{partition}:iam::{account}:role/aws-service-role/*';

/**
 * One an account and service, shared with everything else that runs there: it carries no tags of ours, two regions of a
 * run may both want to make it, and nobody deletes it.
 */
export const serviceLinkedRole: Resource<ServiceLinkedRoleSpec, ServiceLinkedRoleFound> = {
  kind: 'service-linked-role',
  permissions: {
    // A role that does not exist is authorised by an ARN without its path.
    read: [{ actions: ['iam:GetRole'], resources: [arns, 'arn:{partition}:iam::{account}:role/AWSServiceRoleFor*'] }],
    write: [
      {
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [arns],
        conditions: { StringEquals: { 'iam:AWSServiceName': Object.values(roles).map(({ service }) => service) } },
      },
    ],
  },
  shared: true,

  specs: () => Object.entries(roles).map(([key, spec]) => ({ key, spec })),

  async list(cloud) {
    const found: ServiceLinkedRoleFound[] = [];
    const account = await accountRoles(cloud);
    for (const [key, spec] of Object.entries(roles)) {
      const seen =
        account === undefined
          ? await ignoreNotFound(get(cloud, spec.name))
          : account.find(({ RoleName }) => RoleName === spec.name);
      if (seen !== undefined) found.push(toFound(key, spec, seen));
    }
    return found;
  },

  readiness: readyAtOnce,

  diff: () => [],

  async create(cloud, { key, spec }) {
    try {
      const made = await cloud
        .client(IAMClient)
        .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: spec.service }));
      return toFound(key, spec, made.Role);
    } catch (error) {
      if (!isTaken(error)) throw error;
      return toFound(key, spec, await get(cloud, spec.name));
    }
  },

  async update() {},

  async delete() {},

  output: (found) => ({ id: found.name, arn: found.arn }),
};

async function get(cloud: Cloud, name: string): Promise<Role | undefined> {
  return (await cloud.client(IAMClient).send(new GetRoleCommand({ RoleName: name }))).Role;
}

const toFound = (
  key: string,
  spec: ServiceLinkedRoleSpec,
  seen: Partial<Pick<Role, 'Arn'>> | undefined,
): ServiceLinkedRoleFound => ({
  ...spec,
  key,
  id: spec.name,
  arn: seen?.Arn ?? '',
});

/**
 * Another region's run, or AWS itself, was faster. IAM has no code of its own for it: "Service role name
 * AWSServiceRoleForECS has been taken in this account, please try a different suffix."
 */
export const isTaken = (error: unknown): boolean =>
  /^InvalidInput(Exception)?$/.test(errorCode(error)) &&
  error instanceof Error &&
  error.message.includes('has been taken in this account');
