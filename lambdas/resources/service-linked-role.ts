import { CreateServiceLinkedRoleCommand, IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { allPages } from '../aws/pages.ts';
import { accountRoles } from '../aws/roles.ts';
import { roleTaken, says } from '../aws/saying.ts';
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
    // Not GetRole: IAM authorises a role that does not exist by an ARN without its path, and would deny the question.
    read: ['iam:ListRoles'],
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
        account?.filter(({ Path }) => Path === pathOf(spec)).map(({ RoleName }) => RoleName) ??
        (await namesUnder(cloud, pathOf(spec)));
      if (seen.includes(spec.name)) found.push(toFound(cloud.scope, key, spec));
    }
    return found;
  },

  readiness: readyAtOnce,

  diff: () => [],

  async create(cloud, { key, spec }) {
    try {
      await cloud.client(IAMClient).send(new CreateServiceLinkedRoleCommand({ AWSServiceName: spec.service }));
    } catch (error) {
      // Another region's run, or AWS itself, was faster.
      if (!says(error, roleTaken)) throw error;
    }
    return toFound(cloud.scope, key, spec);
  },

  async update() {},

  async delete() {},

  output: (found) => ({ id: found.name, arn: found.arn }),
};

const pathOf = ({ service }: ServiceLinkedRoleSpec): string => `/aws-service-role/${service}/`;

async function namesUnder(cloud: Cloud, PathPrefix: string): Promise<readonly (string | undefined)[]> {
  const pages = paginateListRoles({ client: cloud.client(IAMClient) }, { PathPrefix });
  return (await allPages(pages, ({ Roles }) => Roles)).map(({ RoleName }) => RoleName);
}

const toFound = (scope: Scope, key: string, spec: ServiceLinkedRoleSpec): ServiceLinkedRoleFound => ({
  ...spec,
  key,
  id: spec.name,
  arn: `arn:${scope.partition}:iam::${scope.account}:role${pathOf(spec)}${spec.name}`,
});
