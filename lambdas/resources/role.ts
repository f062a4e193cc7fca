import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { RegionConfig } from '../../workflow/config.ts';
import {
  appLogGroup,
  arnOf,
  artifactBucketName,
  nameOf,
  repositoryName,
  roleArn,
  roleName,
  rolePath,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { rolesNamed, type WholeRole } from '../aws/roles.ts';
import { clusterName } from './cluster.ts';
import { compare, names, sorted } from './differences.ts';
import { environments } from './environments.ts';
import { buildLogGroup, flowLogGroup } from './log-group.ts';
import { ownRoles } from './pass-role.ts';
import {
  comparePolicies,
  type Meaning,
  meaningOf,
  type PolicyDocument,
  parsePolicy,
  type Statement,
} from './policy-document.ts';
import { type Found, type Resource, readyAtOnce, type Wanted } from './resource.ts';

export interface RoleSpec {
  readonly name: string;
  /** For people, in IAM's console; where somebody changes it, it has no effect and is no drift. */
  readonly description: string;
  readonly permissionsBoundary: string;
  readonly trust: PolicyDocument;
  /** Inline policies by name; a role has these and no others. */
  readonly policies: Readonly<Record<string, PolicyDocument>>;
  /** ARNs of managed policies; a role has these and no others. */
  readonly managedPolicies: readonly string[];
}

export interface RoleFound extends Found {
  readonly name: string;
  readonly arn: string;
  readonly permissionsBoundary?: string;
  readonly trust: Meaning;
  readonly policies: Readonly<Record<string, Meaning>>;
  readonly managedPolicies: readonly string[];
}

const keys = ['flow-logs', 'execution', 'build', 'pipeline', 'events'] as const;

export const role: Resource<RoleSpec, RoleFound> = {
  kind: 'role',
  permissions: {
    read: [
      'iam:ListRoles',
      {
        actions: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
        resources: [ownRoles],
      },
    ],
    write: [
      {
        actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'],
        resources: [ownRoles],
        conditions: { StringEquals: { 'iam:PermissionsBoundary': '{permissionsBoundaryArn}' } },
      },
      {
        actions: [
          'iam:TagRole',
          'iam:UpdateAssumeRolePolicy',
          'iam:PutRolePolicy',
          'iam:DeleteRolePolicy',
          'iam:AttachRolePolicy',
          'iam:DetachRolePolicy',
          'iam:DeleteRole',
        ],
        resources: [ownRoles],
      },
    ],
  },
  owned: 'by tag',

  specs: (config) => [
    flowLogsRole(config),
    executionRole(config),
    ...(config.primary ? [buildRole(config), pipelineRole(config), eventsRole(config)] : []),
  ],

  async list(cloud) {
    const names = keys.map((key) => roleName(cloud.scope, key));
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
    ...compare('managedPolicies', sorted(found.managedPolicies), sorted(spec.managedPolicies)),
  ],

  async create(cloud, { key, spec }, intent) {
    const made = await cloud.client(IAMClient).send(
      new CreateRoleCommand({
        RoleName: spec.name,
        Path: rolePath,
        Description: spec.description,
        AssumeRolePolicyDocument: JSON.stringify(spec.trust),
        PermissionsBoundary: spec.permissionsBoundary,
        Tags: upperTagList(ownershipTags(cloud.scope, 'role', key, intent.id)),
      }),
    );
    return {
      key,
      id: spec.name,
      intent: intent.id,
      name: spec.name,
      arn: made.Role?.Arn ?? roleArnOf(cloud.scope, spec.name),
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
    for (const PolicyArn of spec.managedPolicies)
      if (!found.managedPolicies.includes(PolicyArn))
        await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    for (const PolicyArn of found.managedPolicies)
      if (!spec.managedPolicies.includes(PolicyArn))
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
      arn: seen.Arn ?? roleArnOf(scope, seen.RoleName),
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

const roleArnOf = (scope: Scope, name: string): string =>
  `arn:${scope.partition}:iam::${scope.account}:role${rolePath}${name}`;

// What each role may do. Names are computed, not referred to: a role is made before what it is for.

const document = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: NonNullable<Statement['Condition']>,
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) });

/** The service, and only on behalf of this account: no confused deputy. */
const trust = (config: RegionConfig, service: string): PolicyDocument =>
  document({
    Sid: 'AssumedByService',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': config.account } },
  });

const common = (config: RegionConfig, part: string) => ({
  name: roleName(config, part),
  permissionsBoundary: config.permissionsBoundaryArn,
  managedPolicies: [],
});

const everyRegion = (config: RegionConfig): readonly RegionConfig[] =>
  config.regions.map((region) => ({ ...config, region }));

/** A log group and, behind `:*`, its streams. */
const logGroupArns = (config: RegionConfig, name: string): readonly string[] => [
  arnOf(config, 'logs', `log-group:${name}`),
  arnOf(config, 'logs', `log-group:${name}:*`),
];

const repositoryArn = (config: RegionConfig): string => arnOf(config, 'ecr', `repository/${repositoryName(config)}`);

const bucketArn = (config: RegionConfig): string => `arn:${config.partition}:s3:::${artifactBucketName(config)}`;

const pullActions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

/** ECR knows no resource for it. */
const ecrLogin = allow('LogInToEcr', ['ecr:GetAuthorizationToken'], ['*']);

const flowLogsRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'flow-logs',
  stage: 'vpc',
  spec: {
    ...common(config, 'flow-logs'),
    description: `Writes the VPC flow logs of ${config.deployment}`,
    trust: trust(config, 'vpc-flow-logs.amazonaws.com'),
    policies: {
      'write-flow-logs': document(
        allow(
          'WriteFlowLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          logGroupArns(config, flowLogGroup(config)),
        ),
      ),
    },
  },
});

const executionRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'execution',
  stage: 'ecs',
  spec: {
    ...common(config, 'execution'),
    description: `Pulls the image of ${config.deployment} and writes its logs`,
    trust: trust(config, 'ecs-tasks.amazonaws.com'),
    policies: {
      'pull-and-log': document(
        ecrLogin,
        allow('PullImage', pullActions, [repositoryArn(config)]),
        allow(
          'WriteLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          environments.flatMap((environment) => logGroupArns(config, appLogGroup(config, environment))),
        ),
      ),
    },
  },
});

const buildRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'build',
  stage: 'pipeline',
  spec: {
    ...common(config, 'build'),
    description: `Builds and pushes the image of ${config.deployment}`,
    trust: trust(config, 'codebuild.amazonaws.com'),
    policies: {
      build: document(
        allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], logGroupArns(config, buildLogGroup(config))),
        ecrLogin,
        allow(
          'PullAndPushImage',
          [...pullActions, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
          everyRegion(config).map(repositoryArn),
        ),
        allow('SeeArtifactBucket', ['s3:GetBucketAcl', 's3:GetBucketLocation'], [bucketArn(config)]),
        allow(
          'ReadAndWriteArtifacts',
          ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
          [`${bucketArn(config)}/*`],
        ),
      ),
    },
  },
});

/** The actions are those that CodePipeline's documentation names for each of its action types, bound to our resources. */
const pipelineRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'pipeline',
  stage: 'pipeline',
  spec: {
    ...common(config, 'pipeline'),
    description: `Builds, deploys and asks for approval for ${config.deployment}`,
    trust: trust(config, 'codepipeline.amazonaws.com'),
    policies: {
      pipeline: document(
        allow(
          'ReadSource',
          [
            'codecommit:GetRepository',
            'codecommit:GetBranch',
            'codecommit:GetCommit',
            'codecommit:UploadArchive',
            'codecommit:GetUploadArchiveStatus',
            'codecommit:CancelUploadArchive',
          ],
          [arnOf(config, 'codecommit', nameOf(config, 'app'))],
        ),
        allow(
          'Build',
          ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'],
          [arnOf(config, 'codebuild', `project/${nameOf(config, 'build')}`)],
        ),
        allow('DescribeAndRegisterTasks', ['ecs:DescribeTaskDefinition', 'ecs:RegisterTaskDefinition'], ['*']),
        allow(
          'DeployServices',
          ['ecs:DescribeServices', 'ecs:UpdateService'],
          everyRegion(config).flatMap((place) =>
            environments.map((environment) => arnOf(place, 'ecs', `service/${clusterName(place)}/${environment}`)),
          ),
        ),
        allow(
          'TagTasks',
          ['ecs:TagResource'],
          everyRegion(config).flatMap((place) =>
            environments.map((environment) => arnOf(place, 'ecs', `task-definition/${nameOf(place, environment)}:*`)),
          ),
          { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
        ),
        allow(
          'PassExecutionRole',
          ['iam:PassRole'],
          everyRegion(config).map((place) => roleArn(place, 'execution')),
          { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        ),
        allow(
          'SeeArtifactBuckets',
          ['s3:GetBucketAcl', 's3:GetBucketLocation', 's3:GetBucketVersioning'],
          everyRegion(config).map(bucketArn),
        ),
        allow(
          'ReadAndWriteArtifacts',
          ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:PutObjectAcl'],
          everyRegion(config).map((place) => `${bucketArn(place)}/*`),
        ),
        allow('AskForApproval', ['sns:Publish'], [arnOf(config, 'sns', nameOf(config, 'approvals'))]),
      ),
    },
  },
});

const eventsRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'events',
  stage: 'pipeline',
  spec: {
    ...common(config, 'events'),
    description: `Starts the pipeline of ${config.deployment} when the source changes`,
    trust: trust(config, 'events.amazonaws.com'),
    policies: {
      'start-pipeline': document(
        allow(
          'StartPipeline',
          ['codepipeline:StartPipelineExecution'],
          [arnOf(config, 'codepipeline', nameOf(config, 'pipeline'))],
        ),
      ),
    },
  },
});
