import { describe, expect, test } from '@jest/globals';
import { actionOf, isMutating, principalOf, protocolOf, scopeOf } from '../../../../infra/local/front-door/routing.ts';

const none = new URLSearchParams();

describe('the credential scope', () => {
  test('is read from the Authorization header', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/ec2/aws4_request, SignedHeaders=host, Signature=0';
    expect(scopeOf({ authorization }, none)).toEqual({ accessKey: 'test', region: 'us-west-2', service: 'ec2' });
  });
  test('is read from a presigned URL', () => {
    const query = new URLSearchParams({ 'X-Amz-Credential': 'test/20260101/eu-west-1/s3/aws4_request' });
    expect(scopeOf({}, query)).toEqual({ accessKey: 'test', region: 'eu-west-1', service: 's3' });
  });
  test('is absent from an unsigned request', () => {
    expect(scopeOf({ authorization: 'Basic QVdTOng=' }, none)).toBeUndefined();
  });
  test("names a Lambda's function", () => {
    expect(principalOf('lambda.slipway-vpc')).toBe('lambda:slipway-vpc');
    expect(principalOf('test')).toBe('test');
  });
});

describe('the protocol', () => {
  test.each([
    ['ec2', { 'content-type': 'application/x-www-form-urlencoded' }, 'ec2'],
    ['sns', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, 'query'],
    ['ecs', { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' }, 'json'],
    ['monitoring', { 'smithy-protocol': 'rpc-v2-cbor' }, 'cbor'],
    ['s3', { 'content-type': 'application/x-www-form-urlencoded' }, 'rest'],
    ['lambda', {}, 'rest'],
  ])('of %s with %j is %s', (service, headers, protocol) => {
    expect(protocolOf(service, headers)).toBe(protocol);
  });
});

describe('the action', () => {
  test.each([
    [
      'ecs',
      'POST',
      '/',
      { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.CreateService' },
      undefined,
      'CreateService',
    ],
    ['ec2', 'POST', '/', {}, 'CreateVpc', 'CreateVpc'],
    [
      'monitoring',
      'POST',
      '/service/GraniteServiceVersion20100801/operation/PutMetricAlarm',
      {},
      undefined,
      'PutMetricAlarm',
    ],
    ['s3', 'PUT', '/bucket', {}, undefined, 'CreateBucket'],
    ['s3', 'PUT', '/bucket?encryption', {}, undefined, 'PutBucketEncryption'],
    ['s3', 'GET', '/bucket?publicAccessBlock', {}, undefined, 'GetPublicAccessBlock'],
    ['s3', 'DELETE', '/bucket?policy', {}, undefined, 'DeleteBucketPolicy'],
    ['s3', 'HEAD', '/bucket', {}, undefined, 'HeadBucket'],
    ['s3', 'GET', '/bucket/a/b.zip', {}, undefined, 'GetObject'],
    ['s3', 'PUT', '/bucket/a/b.zip?uploadId=1&partNumber=2', {}, undefined, 'UploadPart'],
    ['ecr', 'HEAD', '/v2/app/blobs/sha256:0', {}, undefined, 'BatchCheckLayerAvailability'],
    ['ecr', 'POST', '/v2/app/blobs/uploads/', {}, undefined, 'InitiateLayerUpload'],
    ['ecr', 'PUT', '/v2/app/blobs/uploads/1?digest=sha256:0', {}, undefined, 'CompleteLayerUpload'],
    ['ecr', 'PUT', '/v2/app/manifests/latest', {}, undefined, 'PutImage'],
    ['ecr', 'GET', '/v2/app/manifests/latest', {}, undefined, 'BatchGetImage'],
    ['lambda', 'POST', '/2015-03-31/functions/f/invocations', {}, undefined, 'Invoke'],
    ['scheduler', 'GET', '/schedules/nightly', {}, undefined, 'GET /schedules/nightly'],
  ])('of %s %s %s is named', (service, method, target, headers, form, action) => {
    const url = new URL(target, 'http://x');
    expect(actionOf(service, { method, path: url.pathname, query: url.searchParams, headers }, form)).toBe(action);
  });
});

describe('a call that may change the cloud', () => {
  test.each([
    ['ec2', 'DescribeVpcs', false],
    ['ec2', 'CreateVpc', true],
    ['ec2', 'AssociateRouteTable', true],
    ['ecr', 'GetAuthorizationToken', false],
    ['ecr', 'BatchGetImage', false],
    ['ecr', 'BatchDeleteImage', true],
    ['ecr', 'BatchCheckLayerAvailability', false],
    ['s3', 'HeadBucket', false],
    ['s3', 'PutObject', true],
    ['dynamodb', 'Query', false],
    ['dynamodb', 'TransactGetItems', false],
    ['dynamodb', 'TransactWriteItems', true],
    ['sts', 'AssumeRole', false],
    ['logs', 'StartQuery', false],
    ['states', 'StartExecution', true],
    ['ecs', 'RegisterTaskDefinition', true],
    ['elasticloadbalancing', 'SetSubnets', true],
    ['iam', 'SimulatePrincipalPolicy', false],
    ['lambda', 'Invoke', true],
    ['scheduler', 'GET /schedules/a', false],
    ['scheduler', 'DELETE /schedules/a', true],
    ['execute-api', 'POST /approve', false],
  ])('%s:%s → %s', (service, action, mutating) => {
    expect(isMutating(service, action)).toBe(mutating);
  });
});
