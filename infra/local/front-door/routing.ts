import type { IncomingHttpHeaders } from 'node:http';
import type { Protocol } from './call.ts';
import { gitAction } from './cicd/git/smart-http.ts';

/** What the signature says about a request: who asks which service in which region. */
export interface Scope {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
}

/** Reads the SigV4 credential scope of the Authorization header, or of a presigned URL. */
export function scopeOf(headers: IncomingHttpHeaders, query: URLSearchParams): Scope | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? undefined;
  const parts = credential?.split('/') ?? [];
  const [accessKey, , region, service] = parts;
  if (accessKey === undefined || region === undefined || service === undefined) return undefined;
  return { accessKey, region, service };
}

/** Lambdas sign with `lambda.<function>` (ministack/patches/lambdas.py), services that act by a role with `role.<name>`. */
export const principalOf = (accessKey: string): string => accessKey.replace(/^(lambda|role)\./, '$1:');

export function protocolOf(service: string, headers: IncomingHttpHeaders): Protocol {
  const type = headers['content-type'] ?? '';
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor';
  if (headers['x-amz-target'] !== undefined) return 'json';
  if (service !== 's3' && type.startsWith('application/x-www-form-urlencoded'))
    return service === 'ec2' ? 'ec2' : 'query';
  return 'rest';
}

/** Query strings that name a part of a bucket's settings, and the operation's noun. */
const bucketParts: Readonly<Record<string, string>> = {
  acl: 'BucketAcl',
  cors: 'BucketCors',
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  notification: 'BucketNotificationConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'BucketReplication',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
};

function s3Action(method: string, path: string, query: URLSearchParams): string {
  const verb = method === 'PUT' ? 'Put' : method === 'DELETE' ? 'Delete' : method === 'HEAD' ? 'Head' : 'Get';
  const [bucket, ...rest] = path.split('/').filter((part) => part !== '');
  if (bucket === undefined) return 'ListBuckets';
  if (rest.length === 0) {
    for (const [part, noun] of Object.entries(bucketParts)) if (query.has(part)) return verb + noun;
    if (query.has('versions')) return 'ListObjectVersions';
    if (query.has('uploads')) return 'ListMultipartUploads';
    if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : 'PostObject';
    return method === 'GET' ? 'ListObjectsV2' : method === 'PUT' ? 'CreateBucket' : `${verb}Bucket`;
  }
  if (query.has('tagging')) return `${verb}ObjectTagging`;
  if (query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('uploadId'))
    return method === 'POST' ? 'CompleteMultipartUpload' : method === 'PUT' ? 'UploadPart' : 'AbortMultipartUpload';
  return `${verb}Object`;
}

/** The ECR operation behind a request of the registry protocol (what CloudTrail would name). */
function registryAction(method: string, path: string): string {
  const reads = method === 'GET' || method === 'HEAD';
  if (/\/manifests\/[^/]+$/.test(path))
    return reads ? 'BatchGetImage' : method === 'DELETE' ? 'BatchDeleteImage' : 'PutImage';
  if (/\/blobs\/uploads\/?$/.test(path)) return 'InitiateLayerUpload';
  if (/\/blobs\/uploads\/./.test(path))
    return method === 'PUT' ? 'CompleteLayerUpload' : method === 'PATCH' ? 'UploadLayerPart' : 'GetLayerUpload';
  if (/\/blobs\/[^/]+$/.test(path)) return method === 'HEAD' ? 'BatchCheckLayerAvailability' : 'GetDownloadUrlForLayer';
  return path.endsWith('/tags/list') ? 'ListImages' : 'GetRegistry';
}

/** The operation's name; `form` is the decoded `Action` of a query call. */
export function actionOf(
  service: string,
  request: { method: string; path: string; query: URLSearchParams; headers: IncomingHttpHeaders },
  formAction: string | undefined,
): string {
  const { method, path, query, headers } = request;
  const operation = /^\/service\/[^/]+\/operation\/(\w+)$/.exec(path)?.[1];
  const target = headers['x-amz-target'];
  if (operation !== undefined) return operation;
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  if (formAction !== undefined) return formAction;
  if (service === 's3') return s3Action(method, path, query);
  if (service === 'ecr' && path.startsWith('/v2/')) return registryAction(method, path);
  if (service === 'codecommit') return gitAction(method, path, query) ?? `${method} ${path}`;
  if (service === 'lambda' && path.endsWith('/invocations')) return 'Invoke';
  return query.get('Action') ?? `${method} ${path}`;
}

const readingVerbs =
  /^(Describe|Get|List|BatchGet|BatchCheck|Head|Query|Scan|Lookup|Search|Select|Filter|Test|Validate|Simulate|Estimate|Preview|TransactGet|Check|AssumeRole|DecodeAuthorization)/;

/**
 * Whether a call may change the cloud, by the first word of its name. `Invoke` counts as a change: what it leads to
 * is recorded apart, but it is not a read. Requests without an operation's name go by their HTTP method.
 */
export function isMutating(service: string, action: string): boolean {
  const method = /^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) \//.exec(action)?.[1];
  if (service === 'execute-api' || service === 'lambda-url' || service === 'alb') return false;
  if (method !== undefined) return !['GET', 'HEAD', 'OPTIONS'].includes(method);
  return !readingVerbs.test(action) && !(service === 'logs' && (action === 'StartQuery' || action === 'StopQuery'));
}
