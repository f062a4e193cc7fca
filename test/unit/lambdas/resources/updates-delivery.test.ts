import { describe, expect, test } from '@jest/globals';
import { type Update, update } from '../../../support/changes.ts';

const bucket = { Bucket: 'artifacts', ExpectedBucketOwner: '123456789012' };
const trigger = {
  Name: 'platform-source',
  Description: 'Starts the pipeline when the branch moves',
  State: 'ENABLED',
  EventPattern: expect.stringContaining('"referenceName":["main"]'),
};
const target = { Id: 'pipeline', Arn: '${pipeline/main.arn}', RoleArn: '${role/events.arn}' };

describe('an update asks for what differs and for nothing else', () => {
  test.each<Update>([
    [
      'repository',
      'app',
      ['scanOnPush'],
      {},
      [
        'PutImageScanningConfiguration',
        { repositoryName: 'platform-app', imageScanningConfiguration: { scanOnPush: true } },
      ],
    ],
    [
      'repository',
      'app',
      ['movableTags'],
      {},
      [
        'PutImageTagMutability',
        {
          repositoryName: 'platform-app',
          imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
          imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
        },
      ],
    ],
    [
      'repository',
      'app',
      ['lifecycle'],
      {},
      [
        'PutLifecyclePolicy',
        { repositoryName: 'platform-app', lifecyclePolicyText: expect.stringContaining('"countNumber":30') },
      ],
    ],
    ['repository', 'app', ['policy'], {}, ['DeleteRepositoryPolicy', { repositoryName: 'platform-app' }]],
    [
      'source-repository',
      'main',
      ['description'],
      { id: 'platform-app' },
      [
        'UpdateRepositoryDescription',
        { repositoryName: 'platform-app', repositoryDescription: 'Source of the app of platform' },
      ],
    ],
    ['source-trigger', 'main', ['pattern'], { targets: { pipeline: {} } }, ['PutRule', trigger]],
    ['source-trigger', 'main', ['enabled'], { targets: { pipeline: {} } }, ['PutRule', trigger]],
    [
      'source-trigger',
      'main',
      ['targets[pipeline]'],
      { targets: {} },
      ['PutTargets', { Rule: 'platform-source', Targets: [target] }],
    ],
    [
      'source-trigger',
      'main',
      ['targets[other]'],
      { targets: { pipeline: {}, other: {} } },
      ['RemoveTargets', { Rule: 'platform-source', Ids: ['other'] }],
    ],
    [
      'artifact-bucket',
      'artifacts',
      ['publicAccessBlocked'],
      { id: 'artifacts' },
      [
        'PutPublicAccessBlock',
        {
          ...bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: true,
            RestrictPublicBuckets: true,
          },
        },
      ],
    ],
    [
      'artifact-bucket',
      'artifacts',
      ['ownership'],
      { id: 'artifacts' },
      [
        'PutBucketOwnershipControls',
        { ...bucket, OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
      ],
    ],
    [
      'artifact-bucket',
      'artifacts',
      ['encryption'],
      { id: 'artifacts' },
      [
        'PutBucketEncryption',
        {
          ...bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
          },
        },
      ],
    ],
    [
      'artifact-bucket',
      'artifacts',
      ['policy.Statement[TlsOnly]'],
      { id: 'artifacts' },
      ['PutBucketPolicy', { ...bucket, Policy: expect.stringContaining('"Sid":"TlsOnly"') }],
    ],
    [
      'artifact-bucket',
      'artifacts',
      ['lifecycle'],
      { id: 'artifacts' },
      [
        'PutBucketLifecycleConfiguration',
        {
          ...bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'expire',
                Status: 'Enabled',
                Filter: { Prefix: '' },
                Expiration: { Days: 60 },
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
              },
            ],
          },
        },
      ],
    ],
    [
      'topic',
      'alarms',
      ['displayName'],
      { id: 'arn:topic' },
      [
        'SetTopicAttributes',
        { TopicArn: 'arn:topic', AttributeName: 'DisplayName', AttributeValue: 'platform alarms us-east-1' },
      ],
    ],
    [
      'topic',
      'alarms',
      ['policy.Statement[AlarmsOfThisAccount]'],
      { id: 'arn:topic' },
      [
        'SetTopicAttributes',
        {
          TopicArn: 'arn:topic',
          AttributeName: 'Policy',
          AttributeValue: expect.stringContaining('"Sid":"AlarmsOfThisAccount"'),
        },
      ],
    ],
    ['topic', 'approvals', ['policy'], { id: 'arn:topic' }],
  ])('%s/%s %j %#', async (kind, key, paths, found, ...expected) => {
    expect(await update(kind, key, found, paths)).toEqual(expected);
  });
});

test.each<[string, object, readonly string[], string]>([
  ['take', {}, ['targets[pipeline]'], 'PutTargets'],
  ['let go of', { pipeline: {}, theirs: {} }, ['targets[theirs]'], 'RemoveTargets'],
])(
  'a target that EventBridge does not %s is tried again, although the call succeeds',
  async (_, targets, paths, call) => {
    const FailedEntries = [{ TargetId: 'pipeline', ErrorCode: 'ConcurrentModification', ErrorMessage: 'try again' }];
    await expect(
      update('source-trigger', 'main', { targets }, paths, { [call]: () => ({ FailedEntries }) }),
    ).rejects.toMatchObject({
      name: 'TransientError',
      message: 'target pipeline of rule platform-source: ConcurrentModification try again',
    });
  },
);
