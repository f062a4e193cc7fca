import { describe, expect, test } from '@jest/globals';
import { type Answers, refusal } from '../../../support/answering-cloud.ts';
import { create } from '../../../support/changes.ts';
import { tags } from '../../../support/ownership.ts';

const refuse = (code: string) => () => {
  throw refusal(code);
};

describe('a log group that a service made again before us', () => {
  const taken = (more: Answers = {}): Answers => ({
    CreateLogGroup: refuse('ResourceAlreadyExistsException'),
    ...more,
  });
  const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/slipway/platform/staging';

  test.each<[string, Answers]>([
    ['without tags becomes ours', taken()],
    [
      'with our tags stays ours',
      taken({ ListTagsForResource: () => ({ tags: { 'slipway:deployment': 'platform' } }) }),
    ],
  ])('%s', async (_, answers) => {
    const { found, calls } = await create('log-group', 'staging', answers);
    expect(found).toMatchObject({ key: 'staging', id: '/slipway/platform/staging', arn });
    expect(calls.at(-1)).toEqual([
      'TagResource',
      {
        resourceArn: arn,
        tags: {
          Name: 'platform-staging',
          'slipway:deployment': 'platform',
          'slipway:kind': 'log-group',
          'slipway:key': 'staging',
        },
      },
    ]);
  });

  test("with another deployment's tags is refused", async () => {
    const answers = taken({ ListTagsForResource: () => ({ tags: { 'slipway:deployment': 'other' } }) });
    await expect(create('log-group', 'staging', answers)).rejects.toThrow(
      "log-group/staging in us-east-1: /slipway/platform/staging exists already and does not carry this deployment's tags",
    );
  });

  test('is no matter of another refusal', async () => {
    await expect(create('log-group', 'staging', { CreateLogGroup: refuse('LimitExceededException') })).rejects.toThrow(
      'LimitExceededException',
    );
  });
});

describe('a bucket', () => {
  const name = 'platform-123456789012-us-east-1-artifacts';
  const ours: Answers = { GetBucketTagging: () => ({ TagSet: tags('artifact-bucket', 'artifacts') }) };
  const call = [
    'CreateBucket',
    {
      Bucket: name,
      ObjectOwnership: 'BucketOwnerEnforced',
      CreateBucketConfiguration: { Tags: tags('artifact-bucket', 'artifacts') },
    },
  ];

  test.each<[string, Answers]>([
    ['that S3 makes', ours],
    ['that an earlier attempt made', { ...ours, CreateBucket: refuse('BucketAlreadyOwnedByYou') }],
  ])('%s is ours', async (_, answers) => {
    const { found, calls } = await create('artifact-bucket', 'artifacts', answers);
    expect(calls).toEqual([call]);
    expect(found).toMatchObject({ key: 'artifacts', id: name, publicAccessBlocked: false });
  });

  test.each<[string, Answers, object]>([
    [
      'that is somebody else’s is refused',
      { CreateBucket: refuse('BucketAlreadyExists') },
      { message: 'BucketAlreadyExists' },
    ],
    [
      'of the account without our tags is refused',
      { CreateBucket: refuse('BucketAlreadyOwnedByYou'), GetBucketTagging: refuse('NoSuchTagSet') },
      {
        message: expect.stringContaining(
          `artifact-bucket/artifacts in us-east-1: ${name} exists already and does not carry this deployment's tags`,
        ),
      },
    ],
    [
      'that S3 does not show yet is asked for again',
      { CreateBucket: refuse('BucketAlreadyOwnedByYou'), GetBucketTagging: refuse('NoSuchBucket') },
      { name: 'TransientError', message: `artifact-bucket artifacts in us-east-1: S3 does not show ${name} yet` },
    ],
  ])('%s', async (_, answers, error) => {
    await expect(create('artifact-bucket', 'artifacts', answers)).rejects.toMatchObject(error);
  });
});
