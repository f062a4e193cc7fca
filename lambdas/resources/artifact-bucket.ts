import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  paginateListBuckets,
  S3Client,
} from '@aws-sdk/client-s3';
import { anywhere, artifactBucketName, bucketArn } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import { ownershipTags, unmanagedName, upperTagList } from '../aws/ownership.ts';
import { count } from '../aws/pages.ts';
import { TransientError } from '../errors.ts';
import { emptyBucket } from './artifact-bucket-emptying.ts';
import { type ArtifactBucketFound, type Lifecycle, readBucket } from './artifact-bucket-reading.ts';
import { compare, names } from './differences.ts';
import { comparePolicies, meaningOf, type PolicyDocument, parsePolicy } from './policy-document.ts';
import { type Resource, readyAtOnce } from './resource.ts';

/**
 * Not versioned: CodePipeline writes each artifact once under a key of its own, wants versions only from a bucket that is
 * a *source*, and a bucket with old versions can't be emptied by expiry alone.
 */
export interface ArtifactBucketSpec {
  readonly name: string;
  readonly encryption: 'AES256';
  readonly ownership: 'BucketOwnerEnforced';
  readonly publicAccessBlocked: boolean;
  readonly policy: PolicyDocument;
  readonly lifecycle: Lifecycle;
}

const buckets = bucketArn(anywhere);

export const artifactBucket: Resource<ArtifactBucketSpec, ArtifactBucketFound> = {
  kind: 'artifact-bucket',
  permissions: {
    read: [
      {
        actions: [
          's3:GetBucketTagging',
          's3:GetEncryptionConfiguration',
          's3:GetBucketOwnershipControls',
          's3:GetBucketPublicAccessBlock',
          's3:GetBucketPolicy',
          's3:GetLifecycleConfiguration',
        ],
        resources: [buckets],
      },
      's3:ListAllMyBuckets',
    ],
    write: [
      {
        actions: [
          's3:CreateBucket',
          's3:TagResource',
          's3:PutBucketTagging',
          's3:PutEncryptionConfiguration',
          's3:PutBucketOwnershipControls',
          's3:PutBucketPublicAccessBlock',
          's3:PutBucketPolicy',
          's3:PutLifecycleConfiguration',
          's3:DeleteBucket',
          's3:ListBucket',
          's3:ListBucketVersions',
        ],
        resources: [buckets],
      },
      { actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'], resources: [`${buckets}/*`] },
      'tag:TagResources',
    ],
  },
  holds: 'artifacts',

  quota: {
    name: 'General purpose buckets',
    service: 's3',
    code: 'L-DC2B2D3D',
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html
    atLeast: 10_000,
    scope: 'account',
    used: (cloud) => count(paginateListBuckets({ client: cloud.client(S3Client) }, {}), ({ Buckets }) => Buckets),
  },

  specs: (config) => {
    const name = artifactBucketName(config);
    const arn = bucketArn(config);
    return [
      {
        key: 'artifacts',
        spec: {
          name,
          encryption: 'AES256',
          ownership: 'BucketOwnerEnforced',
          publicAccessBlocked: true,
          policy: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'TlsOnly',
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:*',
                Resource: [arn, `${arn}/*`],
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              },
            ],
          },
          // Far longer than a release waits for its approval; two months leave room to look back.
          lifecycle: { expireDays: 60, abortUploadDays: 7 },
        },
      },
    ];
  },

  async list(cloud) {
    return readBucket(cloud);
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('encryption', found.encryption, spec.encryption),
    ...compare('ownership', found.ownership, spec.ownership),
    ...compare('publicAccessBlocked', found.publicAccessBlocked, spec.publicAccessBlocked),
    ...comparePolicies('policy', found.policy, meaningOf(spec.policy)),
    ...compare('lifecycle', found.lifecycle, spec.lifecycle),
  ],

  async create(cloud, { key, spec }) {
    const { region } = cloud.scope;
    try {
      await cloud.client(S3Client).send(
        new CreateBucketCommand({
          Bucket: spec.name,
          ObjectOwnership: spec.ownership,
          CreateBucketConfiguration: {
            // S3 refuses `us-east-1` here: leave it out to get it.
            ...(region === 'us-east-1' ? {} : { LocationConstraint: region as BucketLocationConstraint }),
            Tags: upperTagList(ownershipTags(cloud.scope, 'artifact-bucket', key)),
          },
        }),
      );
      return { key, id: spec.name, ...settingsOfNew, ownership: spec.ownership };
    } catch (error) {
      // An earlier attempt of ours made it, and its answer was lost; us-east-1 answers 200 instead. The tags say whose it is.
      if (errorCode(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
    const [found] = await readBucket(cloud);
    if (found === undefined)
      throw new TransientError(`artifact-bucket ${key} in ${region}: S3 does not show ${spec.name} yet`);
    if ('unmanaged' in found) throw unmanagedName(cloud.scope, 'artifact-bucket', key, spec.name);
    return found;
  },

  async update(cloud, { spec }, found, differences) {
    const s3 = cloud.client(S3Client);
    const bucket = { Bucket: found.id, ExpectedBucketOwner: cloud.scope.account };
    if (names(differences, 'publicAccessBlocked'))
      await s3.send(
        new PutPublicAccessBlockCommand({
          ...bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: spec.publicAccessBlocked,
            IgnorePublicAcls: spec.publicAccessBlocked,
            BlockPublicPolicy: spec.publicAccessBlocked,
            RestrictPublicBuckets: spec.publicAccessBlocked,
          },
        }),
      );
    if (names(differences, 'ownership'))
      await s3.send(
        new PutBucketOwnershipControlsCommand({
          ...bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: spec.ownership }] },
        }),
      );
    if (names(differences, 'encryption'))
      await s3.send(
        new PutBucketEncryptionCommand({
          ...bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: spec.encryption } }],
          },
        }),
      );
    if (names(differences, 'policy'))
      await s3.send(new PutBucketPolicyCommand({ ...bucket, Policy: JSON.stringify(spec.policy) }));
    if (names(differences, 'lifecycle'))
      await s3.send(
        new PutBucketLifecycleConfigurationCommand({
          ...bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'expire',
                Status: 'Enabled',
                Filter: { Prefix: '' },
                Expiration: { Days: spec.lifecycle.expireDays },
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: spec.lifecycle.abortUploadDays },
              },
            ],
          },
        }),
      );
  },

  arn: (_found, scope) => bucketArn(scope),

  // With what the pipeline left in it: destroy keeps the whole kind unless its input says otherwise.
  async delete(cloud, found) {
    const s3 = cloud.client(S3Client);
    const bucket = { Bucket: found.id, ExpectedBucketOwner: cloud.scope.account };
    await ignoreNotFound(emptyBucket(s3, bucket));
    await ignoreNotFound(s3.send(new DeleteBucketCommand(bucket)));
  },

  output: (found) => ({ id: found.id }),
};

/** S3 encrypts since January 2023. That it also blocks public access since April 2023 is not relied on: it is asked for. */
const settingsOfNew = {
  encryption: 'AES256',
  publicAccessBlocked: false,
  policy: parsePolicy(undefined),
  lifecycle: undefined,
} as const;
