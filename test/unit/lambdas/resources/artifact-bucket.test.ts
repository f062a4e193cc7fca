import { describe, expect, test } from '@jest/globals';
import { type ArtifactBucketSpec, artifactBucket } from '../../../../lambdas/resources/artifact-bucket.ts';
import type { ArtifactBucketFound } from '../../../../lambdas/resources/artifact-bucket-reading.ts';
import { type Meaning, meaningOf } from '../../../../lambdas/resources/policy-document.ts';
import { type Answers, answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec = artifactBucket.specs(regionConfig())[0]?.spec as ArtifactBucketSpec;
const found = (overrides: Partial<ArtifactBucketFound> = {}): ArtifactBucketFound => ({
  key: 'artifacts',
  id: spec.name,
  encryption: 'AES256',
  ownership: 'BucketOwnerEnforced',
  publicAccessBlocked: true,
  policy: meaningOf(spec.policy),
  lifecycle: { expireDays: 60, abortUploadDays: 7 },
  ...overrides,
});

describe('specs', () => {
  test('every region has a bucket whose name is unique in the world', () => {
    const names = [regionConfig(), secondaryConfig()].map((config) => artifactBucket.specs(config)[0]?.spec.name);
    expect(names).toEqual(['platform-123456789012-us-east-1-artifacts', 'platform-123456789012-us-west-2-artifacts']);
  });

  test('it is encrypted, blocked for the public and refuses plain HTTP', () => {
    expect(spec).toMatchObject({
      encryption: 'AES256',
      ownership: 'BucketOwnerEnforced',
      publicAccessBlocked: true,
      policy: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [`arn:aws:s3:::${spec.name}`, `arn:aws:s3:::${spec.name}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });
});

const noPolicy: Meaning = {};

describe('diff', () => {
  test.each<[string, Partial<ArtifactBucketFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees another encryption', { encryption: 'aws:kms' }, ['encryption']],
    ['sees that ACLs are allowed', { ownership: 'ObjectWriter' }, ['ownership']],
    ['sees that the public is let in', { publicAccessBlocked: false }, ['publicAccessBlocked']],
    ['sees a missing policy', { policy: noPolicy }, ['policy.Statement[TlsOnly]']],
    [
      'sees a policy with a statement more',
      {
        policy: {
          ...meaningOf(spec.policy),
          ...meaningOf({ Statement: [{ Sid: 'Public', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }] }),
        },
      },
      ['policy.Statement[Public]'],
    ],
    ['sees that nothing expires', { lifecycle: undefined }, ['lifecycle']],
    ['sees another time of expiry', { lifecycle: { expireDays: 1, abortUploadDays: 7 } }, ['lifecycle']],
  ])('%s', (_, overrides, paths) => {
    const differences = artifactBucket.diff(spec, found(overrides));
    expect(differences.map(({ path }) => path)).toEqual(paths);
    expect(differences.some(({ replace }) => replace)).toBe(false);
  });
});

describe('what S3 shows', () => {
  const read = async (answers: Answers) => {
    const { cloud, calls } = answeringCloud(answers);
    const [found] = await artifactBucket.list(cloud, {});
    return { found, calls };
  };
  const rule = {
    Status: 'Enabled',
    Filter: { Prefix: '' },
    Expiration: { Days: 60 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  };
  const blocked = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  const owned: Answers = { GetBucketTagging: () => ({ TagSet: tags('artifact-bucket', 'artifacts') }) };

  test('a bucket is read as a whole, and only as the account’s own', async () => {
    const { found, calls } = await read({
      ...owned,
      GetBucketEncryption: () => ({
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
        },
      }),
      GetBucketOwnershipControls: () => ({ OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }),
      GetPublicAccessBlock: () => ({ PublicAccessBlockConfiguration: blocked }),
      GetBucketPolicy: () => ({ Policy: '{"Statement":[{"Sid":"TlsOnly","Effect":"Deny"}]}' }),
      GetBucketLifecycleConfiguration: () => ({ Rules: [rule] }),
    });
    expect(found).toMatchObject({
      key: 'artifacts',
      id: 'platform-123456789012-us-east-1-artifacts',
      encryption: 'aws:kms',
      ownership: 'ObjectWriter',
      publicAccessBlocked: true,
      policy: { TlsOnly: { Effect: 'Deny' } },
      lifecycle: { expireDays: 60, abortUploadDays: 7 },
    });
    expect(new Set(calls.map(([, input]) => JSON.stringify(input)))).toEqual(
      new Set(['{"Bucket":"platform-123456789012-us-east-1-artifacts","ExpectedBucketOwner":"123456789012"}']),
    );
  });

  test('a bucket without any settings lacks them all', async () => {
    const none = (code: string) => () => {
      throw refusal(code);
    };
    const { found } = await read({
      ...owned,
      GetBucketEncryption: none('ServerSideEncryptionConfigurationNotFoundError'),
      GetBucketOwnershipControls: none('OwnershipControlsNotFoundError'),
      GetPublicAccessBlock: none('NoSuchPublicAccessBlockConfiguration'),
      GetBucketPolicy: none('NoSuchBucketPolicy'),
      GetBucketLifecycleConfiguration: none('NoSuchLifecycleConfiguration'),
    });
    expect(found).toMatchObject({ publicAccessBlocked: false, policy: {} });
    expect(found).toMatchObject({ encryption: undefined, ownership: undefined, lifecycle: undefined });
  });

  test.each(Object.keys(blocked))('a bucket with %s switched off lets the public in', async (name) => {
    const { found } = await read({
      ...owned,
      GetPublicAccessBlock: () => ({ PublicAccessBlockConfiguration: { ...blocked, [name]: false } }),
    });
    expect(found).toMatchObject({ publicAccessBlocked: false });
  });

  test.each<[string, object[]]>([
    ['that is disabled', [{ ...rule, Status: 'Disabled' }]],
    ['for a prefix', [{ ...rule, Filter: { Prefix: 'logs/' } }]],
    ['for a prefix in the old form', [{ ...rule, Filter: undefined, Prefix: 'logs/' }]],
    ['for a tag', [{ ...rule, Filter: { Tag: { Key: 'a', Value: 'b' } } }]],
    ['for several conditions', [{ ...rule, Filter: { And: { Prefix: '', Tags: [] } } }]],
    ['beside another', [rule, rule]],
  ])('a bucket with a rule %s does not expire as wanted', async (_, Rules) => {
    const { found } = await read({ ...owned, GetBucketLifecycleConfiguration: () => ({ Rules }) });
    expect(found).toMatchObject({ lifecycle: undefined });
  });

  test('a bucket with a rule in the old form for everything expires as wanted', async () => {
    const { found } = await read({
      ...owned,
      GetBucketLifecycleConfiguration: () => ({ Rules: [{ ...rule, Filter: undefined, Prefix: '' }] }),
    });
    expect(found).toMatchObject({ lifecycle: { expireDays: 60, abortUploadDays: 7 } });
  });
});

describe('a bucket is emptied first', () => {
  const ours = { Bucket: 'artifacts', ExpectedBucketOwner: '123456789012' };
  const versions = (...keys: string[]) => keys.map((Key) => ({ Key, VersionId: `v-${Key}`, Size: 1 }));
  test('page by page, with all versions and what marks deleted ones', async () => {
    const { cloud, calls } = answeringCloud({
      ListObjectVersions: ({ KeyMarker, VersionIdMarker }) =>
        KeyMarker === undefined
          ? { Versions: versions('one', 'two'), IsTruncated: true, NextKeyMarker: 'two', NextVersionIdMarker: 'v-two' }
          : { DeleteMarkers: versions(`after ${KeyMarker} ${VersionIdMarker}`) },
    });
    await artifactBucket.delete(cloud, found({ id: 'artifacts' }));
    const [one, two, three] = ['one', 'two', 'after two v-two'].map((Key) => ({ Key, VersionId: `v-${Key}` }));
    expect(calls.filter(([operation]) => operation !== 'ListObjectVersions')).toMatchObject([
      ['DeleteObjects', { ...ours, Delete: { Objects: [one, two], Quiet: true } }],
      ['DeleteObjects', { ...ours, Delete: { Objects: [three], Quiet: true } }],
      ['DeleteBucket', ours],
    ]);
    expect(calls[0]?.[1]).toMatchObject(ours);
  });
  test('an empty one is just deleted', async () => {
    const { cloud, calls } = answeringCloud({});
    await artifactBucket.delete(cloud, found({ id: 'artifacts' }));
    expect(calls.map(([operation]) => operation)).toEqual(['ListObjectVersions', 'DeleteBucket']);
  });
  test('what S3 keeps is an error, although the call succeeds', async () => {
    const { cloud, calls } = answeringCloud({
      ListObjectVersions: () => ({ Versions: versions('one') }),
      DeleteObjects: () => ({ Errors: [{ Key: 'one', Code: 'AccessDenied', Message: 'locked' }] }),
    });
    await expect(artifactBucket.delete(cloud, found({ id: 'artifacts' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'one in artifacts: locked',
    });
    expect(calls.map(([operation]) => operation)).not.toContain('DeleteBucket');
  });
});
