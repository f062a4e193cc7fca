import type { Call } from '../call.ts';

/** IAM's prefix of a service, where it is not the name by which requests are signed. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', tagging: 'tag' };
export const prefixOf = (service: string): string => prefixes[service] ?? service;

/** S3's operations whose action has another name (Amazon S3 user guide, "Required permissions for S3 API operations"). */
const s3Actions: Readonly<Record<string, string>> = {
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketTagging: 'PutBucketTagging',
  DeleteObjects: 'DeleteObject',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListBuckets: 'ListAllMyBuckets',
  ListObjectVersions: 'ListBucketVersions',
  ListObjectsV2: 'ListBucket',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
};

/** The operation's action; most have the operation's own name. */
export function actionNameOf({ service, action, target }: Pick<Call, 'service' | 'action' | 'target'>): string {
  if (service === 'lambda' && action === 'Invoke') return 'InvokeFunction';
  if (service !== 's3') return action;
  // The SDK deletes a version by the same operation.
  if (action === 'DeleteObject' && target.includes('versionId=')) return 'DeleteObjectVersion';
  return s3Actions[action] ?? action;
}

/** The action by which a service tags what is there already, or what a create makes; CodeBuild sets tags with the rest. */
const tagActions: Readonly<Record<string, string>> = {
  codebuild: 'UpdateProject',
  ec2: 'CreateTags',
  elasticloadbalancing: 'AddTags',
  iam: 'TagRole',
  s3: 'PutBucketTagging',
  sqs: 'TagQueue',
};
export const tagActionOf = (prefix: string): string => `${prefix}:${tagActions[prefix] ?? 'TagResource'}`;

/** Tags that a create sets need the tag action too, of these services (each one's API reference, "Tags" of the create). */
export const tagOnCreate: ReadonlySet<string> = new Set([
  'application-autoscaling',
  'cloudwatch',
  'codecommit',
  'codepipeline',
  'ec2',
  'ecr',
  'ecs',
  'elasticloadbalancing',
  'events',
  'iam',
  'logs',
  'sns',
  'sqs',
]);
