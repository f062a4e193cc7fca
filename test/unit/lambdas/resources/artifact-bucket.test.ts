import { describe, expect, test } from '@jest/globals';
import {
  type ArtifactBucketFound,
  type ArtifactBucketSpec,
  artifactBucket,
} from '../../../../lambdas/resources/artifact-bucket.ts';
import { type Meaning, meaningOf } from '../../../../lambdas/resources/policy-document.ts';
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
