import type { Kind } from '../../../../workflow/stages.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';
import { readsSparse, type Sparse } from '../../../support/sparse-answers.ts';

const asRecord = (kind: Kind, key: string) =>
  Object.fromEntries(lowerTags(kind, key).map(({ key: name, value }) => [name, value]));

const rows: readonly Sparse[] = [
  [
    'repository',
    (one) => ({
      DescribeRepositories: () => ({ repositories: [{ ...one, imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }] }),
      ListTagsForResource: () => ({ tags: tags('repository', 'app') }),
    }),
    { repositoryArn: 'arn:ecr' },
    {
      key: 'app',
      id: '',
      arn: 'arn:ecr',
      uri: '',
      scanOnPush: false,
      encryption: 'AES256',
      movableTags: [],
      lifecycle: undefined,
      policy: undefined,
    },
  ],
  [
    'image',
    (one) => ({
      DescribeImages: () => ({ imageDetails: [one, { imageDigest: 'sha256:2', imagePushedAt: new Date(1) }] }),
    }),
    {},
    {
      key: 'app',
      id: 'sha256:2',
      repository: 'platform-app',
      images: [
        { digest: 'sha256:2', tags: [] },
        { digest: '', tags: [] },
      ],
    },
  ],
  [
    'build-project',
    (one) => ({
      BatchGetProjects: () => ({
        projects: [{ ...one, environment: { environmentVariables: [{}] }, tags: lowerTags('build-project', 'main') }],
      }),
    }),
    {},
    {
      key: 'main',
      id: '',
      arn: '',
      settings: {
        description: '',
        roleArn: '',
        source: '',
        artifacts: '',
        buildspec: '',
        environmentType: '',
        image: '',
        computeType: '',
        privileged: false,
        logGroup: undefined,
        timeoutMinutes: 0,
        queuedTimeoutMinutes: 0,
        cacheModes: [],
      },
      variables: { '': '' },
    },
  ],
  [
    'source-repository',
    (one) => ({
      GetRepository: () => ({ repositoryMetadata: one }),
      ListTagsForResource: () => ({ tags: asRecord('source-repository', 'main') }),
    }),
    { Arn: 'arn:code' },
    { key: 'main', id: '', arn: 'arn:code', cloneUrl: '', description: '', empty: true, beingFilled: false },
  ],
  [
    'source-trigger',
    (one) => ({
      DescribeRule: ({ Name }) => (Name === 'platform-source' ? one : {}),
      ListTargetsByRule: () => ({ Targets: [{}] }),
      ListTagsForResource: () => ({ Tags: tags('source-trigger', 'main') }),
    }),
    { Arn: 'arn:rule' },
    {
      key: 'main',
      id: '',
      arn: 'arn:rule',
      enabled: false,
      pattern: {},
      targets: { '': { arn: '', roleArn: undefined } },
    },
  ],
  [
    'pipeline',
    (one) => ({
      GetPipeline: () => ({
        pipeline: {
          ...one,
          artifactStores: { 'us-east-1': {} },
          stages: [{}, { actions: [{ inputArtifacts: [{}], outputArtifacts: [{}] }] }],
        },
      }),
      ListTagsForResource: () => ({ tags: lowerTags('pipeline', 'main') }),
    }),
    {},
    {
      key: 'main',
      id: '',
      arn: 'arn:aws:codepipeline:us-east-1:123456789012:platform-pipeline',
      roleArn: '',
      type: 'V1',
      executionMode: 'SUPERSEDED',
      artifactStores: { 'us-east-1': '' },
      stages: [
        { name: '', actions: [] },
        {
          name: '',
          actions: [
            {
              name: '',
              category: '',
              provider: '',
              region: 'us-east-1',
              runOrder: 1,
              configuration: {},
              inputs: [''],
              outputs: [''],
              namespace: undefined,
              timeoutMinutes: undefined,
            },
          ],
        },
      ],
    },
  ],
  [
    'artifact-bucket',
    () => ({
      GetBucketTagging: () => ({ TagSet: tags('artifact-bucket', 'main') }),
      GetBucketLifecycleConfiguration: () => ({ Rules: [{ Status: 'Enabled' }] }),
    }),
    {},
    {
      key: 'main',
      id: 'platform-123456789012-us-east-1-artifacts',
      encryption: undefined,
      ownership: undefined,
      publicAccessBlocked: false,
      policy: {},
      lifecycle: { expireDays: 0, abortUploadDays: 0 },
    },
  ],
];

readsSparse(rows);
