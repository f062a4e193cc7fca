import {
  BatchGetProjectsCommand,
  BatchGetReportGroupsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  DeleteProjectCommand,
  DeleteReportGroupCommand,
  UpdateProjectCommand,
} from '@aws-sdk/client-codebuild';
import { isMirrored, type RegionConfig } from '../../workflow/config.ts';
import {
  anywhere,
  buildProjectArn,
  buildProjectName,
  mirrorProjectArn,
  mirrorProjectName,
  reportGroupArn,
  repositoryName,
  repositoryUri,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { lowerTagList, orUnmanaged, ownedBy, ownershipTags, tagsOf } from '../aws/ownership.ts';
import {
  type BuildProjectFound,
  type BuildProjectSpec,
  type BuildSettings,
  declaration,
  toFound,
} from './build-project-mapping.ts';
import { compare, compareByName } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { mirrorBuildspec } from './mirror.ts';
import { passRole } from './pass-role.ts';
import { type Resource, readyAtOnce, ref, type Wanted } from './resource.ts';

export const projectArns = [buildProjectArn, mirrorProjectArn].map((arn) => arn(anywhere));

export const buildProject: Resource<BuildProjectSpec, BuildProjectFound> = {
  kind: 'build-project',
  permissions: {
    read: [{ actions: ['codebuild:BatchGetProjects'], resources: projectArns }],
    write: [
      creating(['codebuild:CreateProject'], projectArns),
      onOwned(['codebuild:UpdateProject', 'codebuild:DeleteProject'], projectArns),
      // CodeBuild makes the group, and gives it no tags.
      {
        actions: ['codebuild:BatchGetReportGroups', 'codebuild:DeleteReportGroup'],
        resources: [reportGroupArn(anywhere)],
      },
      passRole('codebuild.amazonaws.com'),
      'tag:TagResources',
    ],
  },

  specs: (config) => [...(config.primary ? [build(config)] : []), ...(isMirrored(config) ? [mirror(config)] : [])],

  async list(cloud) {
    const { projects: seen } = await cloud
      .client(CodeBuildClient)
      .send(new BatchGetProjectsCommand({ names: [buildProjectName(cloud.scope), mirrorProjectName(cloud.scope)] }));
    return (seen ?? []).flatMap((project) => {
      const owned = ownedBy(cloud.scope, 'build-project', tagsOf(project.tags));
      return orUnmanaged(owned === undefined ? [] : [toFound(owned, project)], project.name ?? '');
    });
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...settingNames.flatMap((name) => compare(name, found.settings[name], spec.settings[name])),
    ...compareByName((name) => `variables[${name}]`, found.variables, spec.variables),
  ],

  async create(cloud, { key, spec }) {
    const { project } = await cloud.client(CodeBuildClient).send(
      new CreateProjectCommand({
        ...declaration(spec),
        tags: lowerTagList(ownershipTags(cloud.scope, 'build-project', key)),
      }),
    );
    return toFound({ key }, project ?? {});
  },

  async update(cloud, { spec }) {
    await cloud.client(CodeBuildClient).send(new UpdateProjectCommand(declaration(spec)));
  },

  arn: ({ arn }) => arn,

  /** CodeBuild answers without an error where there is no such project. */
  async delete(cloud, found) {
    const codebuild = cloud.client(CodeBuildClient);
    if (found.key === 'main') await deleteReports(codebuild, reportGroupArn(cloud.scope));
    await ignoreNotFound(codebuild.send(new DeleteProjectCommand({ name: found.id })));
  },

  output: (found) => ({ id: found.id, arn: found.arn }),
};

/** Looked for first: CodeBuild does not say what it answers where there is none. */
async function deleteReports(codebuild: CodeBuildClient, arn: string): Promise<void> {
  const { reportGroups = [] } = await codebuild.send(new BatchGetReportGroupsCommand({ reportGroupArns: [arn] }));
  if (reportGroups.length > 0) await codebuild.send(new DeleteReportGroupCommand({ arn, deleteReports: true }));
}

const machine = {
  environmentType: 'LINUX_CONTAINER',
  image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
  computeType: 'BUILD_GENERAL1_SMALL',
  logGroup: ref('log-group', 'build'),
  // Assumption: tests, one small layer and a push to each region are done in a quarter of it; a mirror is faster.
  timeoutMinutes: 20,
  // Assumption: a build that has queued for an hour is better reported than left to CodeBuild's default of eight hours.
  queuedTimeoutMinutes: 60,
} as const;

/** From its start until CodeBuild has ended it, whatever happens. */
export const longestBuildSeconds = (machine.queuedTimeoutMinutes + machine.timeoutMinutes) * 60;

const build = (config: RegionConfig): Wanted<BuildProjectSpec> => ({
  key: 'main',
  spec: {
    name: buildProjectName(config),
    settings: {
      ...machine,
      description: `Tests the app of ${config.deployment}, builds its image and pushes it to every region`,
      roleArn: ref('role', 'build', 'arn'),
      source: 'CODEPIPELINE',
      artifacts: 'CODEPIPELINE',
      buildspec: 'buildspec.yml',
      privileged: true,
      // Fewer pulls from the public registry. CodePipeline's zip needs no source cache.
      cacheModes: ['LOCAL_DOCKER_LAYER_CACHE'],
    },
    variables: {
      ACCOUNT: config.account,
      BASE_IMAGE: config.image.base,
      REGIONS: config.regions.join(','),
      // Handed over, so that the build spec needn't know partitions.
      REGISTRY_DOMAIN: registryDomain(repositoryUri(config)),
      REPOSITORY: repositoryName(config),
    },
  },
});

const mirror = (config: RegionConfig): Wanted<BuildProjectSpec> => ({
  key: 'mirror',
  spec: {
    name: mirrorProjectName(config),
    settings: {
      ...machine,
      description: `Copies every push to the source of ${config.deployment} to its replicas`,
      roleArn: ref('role', 'mirror', 'arn'),
      source: 'NO_SOURCE',
      artifacts: 'NO_ARTIFACTS',
      buildspec: mirrorBuildspec,
      privileged: false,
      cacheModes: [],
    },
    variables: {
      DEPLOYMENT: config.deployment,
      SOURCE: ref('source-repository', 'main', 'cloneUrl'),
      REPLICAS: config.regions.slice(1).join(' '),
    },
  },
});

const settingNames = [
  'description',
  'roleArn',
  'source',
  'artifacts',
  'buildspec',
  'environmentType',
  'image',
  'computeType',
  'privileged',
  'logGroup',
  'timeoutMinutes',
  'queuedTimeoutMinutes',
  'cacheModes',
] as const satisfies readonly (keyof BuildSettings)[];

/** `<account>.dkr.ecr.<region>.amazonaws.com/<repository>` → `amazonaws.com` */
const registryDomain = (uri: string): string => uri.split('/', 1)[0]?.split('.').slice(4).join('.') ?? '';
