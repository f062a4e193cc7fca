import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import {
  CodeCommitClient,
  CreateCommitCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  GetRepositoryCommand,
  ListTagsForResourceCommand,
  paginateListRepositories,
  type RepositoryMetadata,
  TagResourceCommand,
  UpdateRepositoryDescriptionCommand,
} from '@aws-sdk/client-codecommit';
import { hasRepository, type RegionConfig } from '../../workflow/config.ts';
import {
  anywhere,
  mirrorProjectArn,
  mirrorProjectName,
  sourceRepositoryArn,
  sourceRepositoryName,
} from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import { cloudIn } from '../aws/clients.ts';
import { orUnmanaged, ownedBy, ownershipTags, type Tags } from '../aws/ownership.ts';
import { allPages, count, pagesOf } from '../aws/pages.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { ageInSeconds } from './age.ts';
import { longestBuildSeconds } from './build-project.ts';
import { compare, deferred, names } from './differences.ts';
import { firstFiles } from './first-commit.ts';
import { creating, onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce, type Wanted } from './resource.ts';

export interface SourceRepositorySpec {
  readonly name: string;
  readonly description: string;
  /** Where an empty repository gets its first commit. */
  readonly firstBranch: string | undefined;
  /** The region in which the mirror fills an empty replica. */
  readonly mirroredFrom: string | undefined;
}

export interface SourceRepositoryFound extends Found {
  readonly arn: string;
  readonly cloneUrl: string;
  readonly description: string;
  /** Nobody has ever pushed: CodeCommit shows a default branch from the first commit on. */
  readonly empty: boolean;
  /** The mirror was started for it, and may still run. */
  readonly beingFilled: boolean;
}

/** Tag of a replica: when the mirror was started to fill it. */
const filledTag = 'slipway:filled';

const arns = [sourceRepositoryArn(anywhere)];
const startMirror = onOwned(['codebuild:StartBuild'], [mirrorProjectArn(anywhere)]);

export const sourceRepository: Resource<SourceRepositorySpec, SourceRepositoryFound> = {
  kind: 'source-repository',
  permissions: {
    read: ['codecommit:GetRepository', 'codecommit:ListRepositories', 'codecommit:ListTagsForResource'],
    write: [
      creating(['codecommit:CreateRepository', 'codecommit:TagResource'], arns),
      onOwned(
        [
          'codecommit:TagResource',
          'codecommit:UpdateRepositoryDescription',
          'codecommit:CreateCommit',
          'codecommit:DeleteRepository',
        ],
        arns,
      ),
      startMirror,
      'tag:TagResources',
    ],
    deferred: [startMirror, onOwned(['codecommit:TagResource'], arns)],
  },
  holds: 'source',

  quota: {
    name: 'Allowed repositories',
    service: 'codecommit',
    code: 'L-81790602',
    // https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html, in its edition of 2019: later ones do not say.
    atLeast: 1_000,
    scope: 'region',
    used: (cloud) =>
      count(
        paginateListRepositories({ client: cloud.client(CodeCommitClient) }, {}),
        ({ repositories }) => repositories,
      ),
  },

  specs: (config) => (hasRepository(config) ? [repositoryOf(config)] : []),

  async list(cloud) {
    const codecommit = cloud.client(CodeCommitClient);
    const answer = await ignoreNotFound(
      codecommit.send(new GetRepositoryCommand({ repositoryName: sourceRepositoryName(cloud.scope) })),
    );
    const seen = answer?.repositoryMetadata;
    if (seen?.Arn === undefined) return [];
    const { Arn } = seen;
    const tags = await tagsOfArn(cloud, Arn, () => tagsOfRepository(codecommit, Arn));
    const owned = ownedBy(cloud.scope, 'source-repository', tags);
    return orUnmanaged(owned === undefined ? [] : [toFound(owned, seen)], seen.repositoryName ?? '');
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('description', found.description, spec.description),
    ...(spec.firstBranch !== undefined && found.empty ? compare('branch', undefined, spec.firstBranch) : []),
    ...(spec.mirroredFrom !== undefined && found.empty && !found.beingFilled
      ? deferred(compare('content', 'none', `mirrored from ${spec.mirroredFrom}`))
      : []),
  ],

  async create(cloud, { key, spec }) {
    const { repositoryMetadata } = await cloud.client(CodeCommitClient).send(
      new CreateRepositoryCommand({
        repositoryName: spec.name,
        repositoryDescription: spec.description,
        tags: ownershipTags(cloud.scope, 'source-repository', key),
      }),
    );
    return toFound({ key }, repositoryMetadata ?? {});
  },

  async update(cloud, { spec }, found, differences) {
    const codecommit = cloud.client(CodeCommitClient);
    if (names(differences, 'description'))
      await codecommit.send(
        new UpdateRepositoryDescriptionCommand({ repositoryName: found.id, repositoryDescription: spec.description }),
      );
    if (spec.firstBranch !== undefined && names(differences, 'branch'))
      await addFirstCommit(codecommit, found.id, spec.firstBranch);
    if (spec.mirroredFrom !== undefined && names(differences, 'content')) {
      const project = mirrorProjectName(cloud.scope);
      const source = cloudIn({ ...cloud.scope, region: spec.mirroredFrom }).client(CodeBuildClient);
      const started = await ignoreNotFound(source.send(new StartBuildCommand({ projectName: project })));
      // No mirror stands where the source's region failed: the next run looks again.
      if (started === undefined) return;
      const tags = { [filledTag]: new Date().toISOString() };
      await codecommit.send(new TagResourceCommand({ resourceArn: found.arn, tags }));
    }
  },

  arn: ({ arn }) => arn,

  /** CodeCommit answers without an error where there is no such repository. */
  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(CodeCommitClient).send(new DeleteRepositoryCommand({ repositoryName: found.id })),
    );
  },

  output: (found) => ({ id: found.id, name: found.id, arn: found.arn, cloneUrl: found.cloneUrl }),

  headlines: ({ id, cloneUrl = '' }) => ({ source: cloneUrl, ...helperUrl(id, cloneUrl) }),
};

const repositoryOf = (config: RegionConfig): Wanted<SourceRepositorySpec> => ({
  key: config.primary ? 'main' : 'replica',
  // What mirrors stands in another region, which is made at the same time.
  ...(config.primary ? {} : { deferredTo: 'finish-production' }),
  spec: {
    name: sourceRepositoryName(config),
    description: config.primary
      ? `Source of the app of ${config.deployment}`
      : `Replica of ${sourceRepositoryName(config)} in ${config.regions[0]}`,
    firstBranch: config.primary ? config.pipeline.branch : undefined,
    mirroredFrom: config.primary ? undefined : config.regions[0],
  },
});

/** The app as it is provisioned. A push that came first stays what it is: CreateCommit then asks for a parent. */
async function addFirstCommit(codecommit: CodeCommitClient, repositoryName: string, branchName: string): Promise<void> {
  try {
    await codecommit.send(
      new CreateCommitCommand({
        repositoryName,
        branchName,
        authorName: 'Slipway',
        commitMessage: 'feat: the app as it was provisioned',
        putFiles: await firstFiles(),
      }),
    );
  } catch (error) {
    if (errorCode(error) !== 'ParentCommitIdRequiredException') throw error;
  }
}

async function tagsOfRepository(codecommit: CodeCommitClient, resourceArn: string): Promise<Tags> {
  const pages = pagesOf(
    (nextToken?: string) => codecommit.send(new ListTagsForResourceCommand({ resourceArn, nextToken })),
    (page) => page.nextToken,
  );
  return Object.fromEntries(await allPages(pages, ({ tags = {} }) => Object.entries(tags)));
}

const toFound = (owned: Pick<Found, 'key' | 'tags'>, seen: RepositoryMetadata): SourceRepositoryFound => ({
  ...owned,
  id: seen.repositoryName ?? '',
  arn: seen.Arn ?? '',
  cloneUrl: seen.cloneUrlHttp ?? '',
  description: seen.repositoryDescription ?? '',
  empty: seen.defaultBranch === undefined,
  beingFilled: ageInSeconds(new Date(owned.tags?.[filledTag] ?? 0)) < longestBuildSeconds,
});

/** What git-remote-codecommit takes, where the repository is on AWS: it signs with one's own credentials. */
function helperUrl(name: string, cloneUrl: string): Readonly<Record<string, string>> {
  const region = /^https:\/\/git-codecommit\.([a-z0-9-]+)\.amazonaws\./.exec(cloneUrl)?.[1];
  return region === undefined ? {} : { 'with helper': `codecommit::${region}://${name}` };
}
