import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { readContainers, readRegistry } from './platform-reading/containers.ts';
import { readDelivery, readMonitoring } from './platform-reading/delivery.ts';
import { readBalancer, readNetwork } from './platform-reading/network.ts';
import { account } from './platform-reading/only.ts';
import type { Provisioner } from './provisioner.ts';

/** An IAM policy document, as far as the tests look at it. */
interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/**
 * Everything that a deployment has in a region, read through the plain SDK by name and VPC, and never through
 * lambdas/resources: what those overlook, this sees.
 */
export async function readPlatform(provisioner: Provisioner, deployment: string, region: string, cidr: string) {
  const network = await readNetwork(provisioner, region, cidr);
  const [containers, balancer, registry, delivery, monitoring, roles, bucket, logGroups] = await Promise.all([
    readContainers(provisioner, deployment, region),
    readBalancer(provisioner, deployment, region),
    readRegistry(provisioner, deployment, region),
    readDelivery(provisioner, deployment, region),
    readMonitoring(provisioner, deployment, region),
    readRoles(provisioner, deployment, region),
    readBucket(provisioner, deployment, region),
    readLogGroups(provisioner, deployment, region),
  ]);
  return {
    deployment,
    region,
    account,
    ...network,
    ...containers,
    ...balancer,
    ...registry,
    ...delivery,
    ...monitoring,
    roles,
    bucket,
    logGroups,
  };
}

export type Platform = Awaited<ReturnType<typeof readPlatform>>;

async function readRoles(provisioner: Provisioner, deployment: string, region: string) {
  const iam = provisioner.client(IAMClient);
  const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/slipway/' }));
  const prefix = `${deployment}-${region}-`;
  const roles = await Promise.all(
    Roles.filter(({ RoleName }) => RoleName?.startsWith(prefix)).map(async ({ RoleName = '' }) => {
      const [{ Role }, inline, attached] = await Promise.all([
        iam.send(new GetRoleCommand({ RoleName })),
        iam.send(new ListRolePoliciesCommand({ RoleName })),
        iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
      ]);
      const documents = await Promise.all(
        (inline.PolicyNames ?? []).map(async (PolicyName) => {
          const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
          return JSON.parse(decodeURIComponent(PolicyDocument ?? '{}')) as PolicyDocument;
        }),
      );
      return [
        RoleName.slice(prefix.length),
        {
          path: Role?.Path,
          boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
          tags: Role?.Tags ?? [],
          attached: attached.AttachedPolicies ?? [],
          statements: documents.flatMap(({ Statement }) => Statement),
        },
      ] as const;
    }),
  );
  return new Map(roles);
}

async function readBucket(provisioner: Provisioner, deployment: string, region: string) {
  const s3 = provisioner.client(S3Client, region);
  const Bucket = `${deployment}-${account}-${region}-artifacts`;
  const [encryption, block, policy] = await Promise.all([
    s3.send(new GetBucketEncryptionCommand({ Bucket })),
    s3.send(new GetPublicAccessBlockCommand({ Bucket })),
    s3.send(new GetBucketPolicyCommand({ Bucket })),
  ]);
  return {
    name: Bucket,
    encryption: encryption.ServerSideEncryptionConfiguration?.Rules?.map(
      (rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    ),
    publicAccessBlock: block.PublicAccessBlockConfiguration,
    policy: JSON.parse(policy.Policy ?? '{}') as PolicyDocument,
  };
}

/** Retention in days by name. */
async function readLogGroups(provisioner: Provisioner, deployment: string, region: string) {
  const logs = provisioner.client(CloudWatchLogsClient, region);
  const groups = await Promise.all(
    [
      `/slipway/${deployment}/`,
      `/aws/ecs/containerinsights/${deployment}-cluster`,
      `/aws/codebuild/${deployment}-`,
    ].map(
      async (logGroupNamePrefix) =>
        (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups ?? [],
    ),
  );
  return new Map(groups.flat().map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays]));
}
