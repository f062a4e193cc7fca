import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  paginateDescribeRepositories,
  type Repository,
} from '@aws-sdk/client-ecr';
import { anywhere, repositoryArn, repositoryName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { orUnmanaged, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { count } from '../aws/pages.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { compare, names, sorted } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { type Meaning, parsePolicy } from './policy-document.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';

export interface RepositorySpec {
  readonly name: string;
  readonly scanOnPush: boolean;
  /** ECR can't change the encryption of a repository. */
  readonly encryption: 'AES256';
  /** Every tag is for good, except those that the patterns name. */
  readonly movableTags: readonly string[];
  readonly lifecycle: object;
}

export interface RepositoryFound extends Found {
  readonly arn: string;
  readonly uri: string;
  readonly scanOnPush: boolean;
  readonly encryption: string;
  /** undefined where tags may be moved at will, or none may. */
  readonly movableTags: readonly string[] | undefined;
  readonly lifecycle: unknown;
  /** Who else may pull and push: undefined where nobody may, as it should be. */
  readonly policy: Meaning | undefined;
}

/** The pipeline's builds are tagged `commit-<commit>` (buildspec.yml); Slipway's own images by their content. */
export const buildTagPrefix = 'commit-';

/**
 * Only what the pipeline built is counted: an image that Slipway pushed is pinned by its digest in task definitions and
 * must not vanish however many builds come after it.
 */
const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      description: 'untagged images go after 14 days',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      description: 'the last 30 builds stay',
      selection: {
        tagStatus: 'tagged',
        tagPrefixList: [buildTagPrefix],
        countType: 'imageCountMoreThan',
        countNumber: 30,
      },
      action: { type: 'expire' },
    },
  ],
};

const arns = [repositoryArn(anywhere)];

export const repository: Resource<RepositorySpec, RepositoryFound> = {
  kind: 'repository',
  permissions: {
    read: ['ecr:DescribeRepositories', 'ecr:ListTagsForResource', 'ecr:GetLifecyclePolicy', 'ecr:GetRepositoryPolicy'],
    write: [
      creating(['ecr:CreateRepository', 'ecr:TagResource'], arns),
      onOwned(
        [
          'ecr:TagResource',
          'ecr:PutImageScanningConfiguration',
          'ecr:PutImageTagMutability',
          'ecr:PutLifecyclePolicy',
          'ecr:DeleteRepositoryPolicy',
          'ecr:DeleteRepository',
        ],
        arns,
      ),
      'tag:TagResources',
    ],
  },
  holds: 'images',

  quota: {
    name: 'Registered repositories',
    service: 'ecr',
    code: 'L-CFEB8E8D',
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html: 10,000 at first, 100,000 now.
    atLeast: 10_000,
    scope: 'region',
    used: (cloud) =>
      count(paginateDescribeRepositories({ client: cloud.client(ECRClient) }, {}), ({ repositories }) => repositories),
  },

  specs: (config) => [
    {
      key: 'app',
      spec: {
        name: repositoryName(config),
        scanOnPush: true,
        encryption: 'AES256',
        movableTags: ['latest'],
        lifecycle,
      },
    },
  ],

  async list(cloud) {
    const ecr = cloud.client(ECRClient);
    const name = repositoryName(cloud.scope);
    const answer = await ignoreNotFound(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
    const seen = answer?.repositories?.[0];
    if (seen?.repositoryArn === undefined) return [];
    const { repositoryArn } = seen;
    const tags = await tagsOfArn(cloud, repositoryArn, async () =>
      tagsOf((await ecr.send(new ListTagsForResourceCommand({ resourceArn: repositoryArn }))).tags),
    );
    const owned = ownedBy(cloud.scope, 'repository', tags);
    if (owned === undefined) return orUnmanaged([], name);
    const [expiry, policy] = await Promise.all([
      ignoreNotFound(ecr.send(new GetLifecyclePolicyCommand({ repositoryName: name }))),
      ignoreNotFound(ecr.send(new GetRepositoryPolicyCommand({ repositoryName: name }))),
    ]);
    return [toFound(owned, seen, expiry?.lifecyclePolicyText, policy?.policyText)];
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('encryption', found.encryption, spec.encryption, 'replace'),
    ...compare('scanOnPush', found.scanOnPush, spec.scanOnPush),
    ...compare('movableTags', found.movableTags && sorted(found.movableTags), sorted(spec.movableTags)),
    ...compare('lifecycle', found.lifecycle, spec.lifecycle),
    ...compare('policy', found.policy, undefined),
  ],

  async create(cloud, { key, spec }) {
    const { repository: made } = await cloud.client(ECRClient).send(
      new CreateRepositoryCommand({
        repositoryName: spec.name,
        tags: upperTagList(ownershipTags(cloud.scope, 'repository', key)),
        imageScanningConfiguration: { scanOnPush: spec.scanOnPush },
        encryptionConfiguration: { encryptionType: spec.encryption },
        ...mutability(spec),
      }),
    );
    return toFound({ key }, made ?? {});
  },

  async update(cloud, { spec }, _found, differences) {
    const ecr = cloud.client(ECRClient);
    const repositoryName = spec.name;
    if (names(differences, 'scanOnPush'))
      await ecr.send(
        new PutImageScanningConfigurationCommand({
          repositoryName,
          imageScanningConfiguration: { scanOnPush: spec.scanOnPush },
        }),
      );
    if (names(differences, 'movableTags'))
      await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...mutability(spec) }));
    if (names(differences, 'lifecycle'))
      await ecr.send(
        new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify(spec.lifecycle) }),
      );
    if (names(differences, 'policy'))
      await ignoreNotFound(ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName })));
  },

  arn: ({ arn }) => arn,

  /** Without force: the images are removed first and by name, as resources of their own. */
  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(ECRClient).send(new DeleteRepositoryCommand({ repositoryName: found.id })));
  },

  output: (found) => ({ id: found.id, uri: found.uri, arn: found.arn }),

  headlines: ({ uri }) => ({ repository: uri }),
};

const mutability = (spec: RepositorySpec) => ({
  imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' as const,
  imageTagMutabilityExclusionFilters: spec.movableTags.map((filter) => ({ filterType: 'WILDCARD' as const, filter })),
});

const toFound = (
  owned: Pick<Found, 'key' | 'tags'>,
  seen: Repository,
  lifecycleText?: string,
  policyText?: string,
): RepositoryFound => ({
  ...owned,
  id: seen.repositoryName ?? '',
  arn: seen.repositoryArn ?? '',
  uri: seen.repositoryUri ?? '',
  scanOnPush: seen.imageScanningConfiguration?.scanOnPush ?? false,
  encryption: seen.encryptionConfiguration?.encryptionType ?? 'AES256',
  movableTags:
    seen.imageTagMutability === 'IMMUTABLE_WITH_EXCLUSION'
      ? (seen.imageTagMutabilityExclusionFilters ?? []).map(({ filter }) => filter ?? '')
      : undefined,
  lifecycle: lifecycleText === undefined ? undefined : JSON.parse(lifecycleText),
  policy: policyText === undefined ? undefined : parsePolicy(policyText),
});
