import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { artifactBucketName, bucketArn } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, type Tags, tagsOf, type Unmanaged } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { type Meaning, parsePolicy } from './policy-document.ts';
import type { Found } from './resource.ts';

export interface Lifecycle {
  readonly expireDays: number;
  readonly abortUploadDays: number;
}

export interface ArtifactBucketFound extends Found {
  readonly encryption: string | undefined;
  readonly ownership: string | undefined;
  /** All four switches. */
  readonly publicAccessBlocked: boolean;
  readonly policy: Meaning;
  /** undefined where there is no rule, or any but our own. */
  readonly lifecycle: Lifecycle | undefined;
}

/** The bucket of our name, ours or not. */
export async function readBucket(cloud: Cloud): Promise<readonly (ArtifactBucketFound | Unmanaged)[]> {
  const s3 = cloud.client(S3Client);
  const id = artifactBucketName(cloud.scope);
  const bucket = { Bucket: id, ExpectedBucketOwner: cloud.scope.account };
  const arn = bucketArn(cloud.scope);
  const tags = await ignoreNotFound(tagsOfArn(cloud, arn, () => readTags(s3, bucket)));
  if (tags === undefined) return [];
  const owned = ownedBy(cloud.scope, 'artifact-bucket', tags);
  if (owned === undefined) return orUnmanaged([], id);
  const [encryption, ownership, block, policy, lifecycle] = await Promise.all([
    ignoreNotFound(s3.send(new GetBucketEncryptionCommand(bucket))),
    ignoreNotFound(s3.send(new GetBucketOwnershipControlsCommand(bucket))),
    ignoreNotFound(s3.send(new GetPublicAccessBlockCommand(bucket))),
    ignoreNotFound(s3.send(new GetBucketPolicyCommand(bucket))),
    ignoreNotFound(s3.send(new GetBucketLifecycleConfigurationCommand(bucket))),
  ]);
  const blocked = block?.PublicAccessBlockConfiguration;
  const rules = lifecycle?.Rules ?? [];
  const [rule] = rules;
  const whole = (rule?.Filter?.Prefix ?? rule?.Prefix ?? '') === '' && !rule?.Filter?.And && !rule?.Filter?.Tag;
  return [
    {
      ...owned,
      id,
      encryption:
        encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
      ownership: ownership?.OwnershipControls?.Rules?.[0]?.ObjectOwnership,
      publicAccessBlocked:
        blocked !== undefined &&
        blocked.BlockPublicAcls === true &&
        blocked.IgnorePublicAcls === true &&
        blocked.BlockPublicPolicy === true &&
        blocked.RestrictPublicBuckets === true,
      policy: parsePolicy(policy?.Policy),
      lifecycle:
        rules.length === 1 && whole && rule?.Status === 'Enabled'
          ? {
              expireDays: rule.Expiration?.Days ?? 0,
              abortUploadDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? 0,
            }
          : undefined,
    },
  ];
}

/** Empty for a bucket without tags, which is an error to S3. */
async function readTags(s3: S3Client, bucket: { Bucket: string; ExpectedBucketOwner: string }): Promise<Tags> {
  try {
    return tagsOf((await s3.send(new GetBucketTaggingCommand(bucket))).TagSet);
  } catch (error) {
    if (errorCode(error) === 'NoSuchTagSet') return {};
    throw error;
  }
}
