import { describe, expect, test } from '@jest/globals';
import {
  asSlipwayError,
  errorCode,
  ignoreNotFound,
  isInUse,
  isNotFound,
  isRefusal,
} from '../../../../lambdas/aws/aws-errors.ts';
import { howToEnable, isNotEnabled } from '../../../../lambdas/aws/enabled.ts';
import { InputError } from '../../../../lambdas/errors.ts';

/** As the SDK throws it. */
const answer = (name: string, message = 'm', httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

describe('an answer that says that something is not there', () => {
  test.each([
    'InvalidVpcID.NotFound',
    'InvalidAllocationID.NotFound',
    'NatGatewayNotFound',
    'LoadBalancerNotFoundException',
    'ClusterNotFoundException',
    'DBInstanceNotFoundFault',
    'ServerSideEncryptionConfigurationNotFoundError',
    'ResourceNotFound',
    'NotFound',
    'NotFoundException',
    'NoSuchEntity',
    'NoSuchEntityException',
    'NoSuchBucket',
    'NoSuchBucketPolicy',
    'NoSuchPublicAccessBlockConfiguration',
    'NoSuchTagSet',
    'NoSuchLifecycleConfiguration',
    'NoSuchResourceException',
    'ObjectNotFoundException',
    'RepositoryDoesNotExistException',
    'Gateway.NotAttached',
  ])('%s', async (name) => {
    expect(isNotFound(answer(name))).toBe(true);
    expect(await ignoreNotFound(Promise.reject(answer(name)))).toBeUndefined();
  });

  test.each([
    'AccessDenied',
    'NotFoundButElse',
    'XNoSuchEntity',
    'NoSuchBucketX',
    'NoSuchUpload',
    'XRepositoryDoesNotExistException',
    'RepositoryDoesNotExistExceptionX',
    'ValidationError',
  ])('is not %s', async (name) => {
    expect(isNotFound(answer(name))).toBe(false);
    await expect(ignoreNotFound(Promise.reject(answer(name)))).rejects.toThrow('m');
  });

  test('is an error, and nothing that only looks like one', () => {
    expect(isNotFound({ name: 'NotFound' })).toBe(false);
  });

  test('is not what came', async () => {
    expect(await ignoreNotFound(Promise.resolve('it'))).toBe('it');
  });
});

describe('what may be repeated', () => {
  const plain = (fields: object): Error => Object.assign(new Error('m'), fields);
  test.each<[string, Error]>([
    ['ThrottlingException', answer('ThrottlingException')],
    ['Throttling, in other words', answer('RequestThrottled')],
    ['RequestLimitExceeded', answer('RequestLimitExceeded')],
    ['TooManyRequestsException', answer('TooManyRequestsException')],
    ['SlowDown', answer('SlowDown')],
    ['PriorRequestNotComplete', answer('PriorRequestNotComplete')],
    ['BandwidthLimitExceeded', answer('BandwidthLimitExceeded')],
    ['a failure of the service', answer('InternalError', 'm', 500)],
    ['a time-out of the SDK', plain({ name: 'TimeoutError' })],
    ['a connection that was cut', plain({ code: 'ECONNRESET' })],
    ['a connection that was refused', plain({ code: 'ECONNREFUSED' })],
    ['a broken pipe', plain({ code: 'EPIPE' })],
    ['a connection that timed out', plain({ code: 'ETIMEDOUT' })],
    ['an abort', plain({ name: 'AbortError' })],
  ])('%s', (_, error) => {
    expect(asSlipwayError(error, 'c').name).toBe('TransientError');
  });

  test.each<[string, Error]>([
    ['a quota', answer('AddressLimitExceeded', 'Too many addresses allocated')],
    ['a quota of IAM', answer('LimitExceededException')],
    ['an early answer that did not come from AWS', plain({ name: 'InvalidVpcID.NotFound' })],
    ['a quota, though the name ends as throttling does', answer('RulesRequestLimitExceeded')],
    ['a bad parameter', answer('InvalidParameterException', 'port out of range')],
    ['a client’s mistake', answer('ClientException', 'no such family')],
    ['a refusal just below 500', answer('Weird', 'm', 499)],
    ['a missing thing that nothing just made', answer('NoSuchTagSet')],
    ['a bug of ours that mentions a role', new Error('assume')],
    ['a bug of ours', new TypeError('x is undefined')],
    ['a code that is no text', plain({ code: 1 })],
    ['a code that only begins like one', plain({ code: 'EPIPELINE' })],
  ])('is not %s', (_, error) => {
    expect(asSlipwayError(error, 'c').name).toBe('ResourceFailedError');
  });
});

describe('the error that ends a stage', () => {
  test.each<[string, unknown, string]>([
    [
      'what was tried, AWS’s words',
      answer('ValidationError', 'bad'),
      'could not create vpc/main in us-east-1: ValidationError: bad',
    ],
    [
      'what to do about a quota',
      answer('VpcLimitExceeded', 'full'),
      'could not create vpc/main in us-east-1: VpcLimitExceeded: full; raise the quota in the Service Quotas console, or free one, and start again',
    ],
    [
      'what to do about too many',
      answer('TooManyLoadBalancers', 'full'),
      'could not create vpc/main in us-east-1: TooManyLoadBalancers: full; raise the quota in the Service Quotas console, or free one, and start again',
    ],
    [
      'that a region may not be enabled',
      answer('AuthFailure', 'no'),
      'could not create vpc/main in us-east-1: AuthFailure: no; the region is probably not enabled for the account: enable it under Account, "AWS Regions", or leave it out',
    ],
    ...['EntityAlreadyExists', 'InvalidIPAddress.InUse', 'DuplicateListener', 'NameTaken'].map(
      (name): [string, unknown, string] => [
        `whose the name is (${name})`,
        answer(name, 'no'),
        `could not create vpc/main in us-east-1: ${name}: no; something of that name exists and is not this deployment's: rename or remove it, or use another deployment name`,
      ],
    ),
    ['what was thrown instead of an error', 'text', 'could not create vpc/main in us-east-1: Error: text'],
  ])('says %s', (_, error, message) => {
    expect(asSlipwayError(error, 'could not create vpc/main in us-east-1').message).toBe(message);
  });

  test('is Slipway’s own where there is one, and has the cause of any other', () => {
    const [ours, theirs] = [new InputError('no'), answer('Throttling')];
    expect(asSlipwayError(ours, 'c')).toBe(ours);
    expect(asSlipwayError(theirs, 'c').cause).toBe(theirs);
    expect(asSlipwayError(answer('X'), 'c').cause).toMatchObject({ name: 'X' });
  });
});

test.each([
  ['DependencyViolation', true],
  ['InvalidIPAddress.InUse', true],
  ['InvalidAddress.InUse', true],
  ['ResourceInUse', true],
  ['ResourceInUseException', true],
  ['ClusterContainsServicesException', true],
  ['ClusterContainsTasksException', true],
  ['ClusterContainsContainerInstancesException', true],
  ['DeleteConflict', true],
  ['DeleteConflictException', true],
  ['OperationAborted', true],
  ['XDeleteConflict', false],
  ['ResourceInUseX', false],
  ['AccessDenied', false],
])('%s says that something else uses it: %s', (name, expected) => {
  expect(isInUse(answer(name))).toBe(expected);
});

test.each([
  [399, false],
  [400, true],
  [499, true],
  [500, false],
])('status %i is a refusal: %s', (status, expected) => {
  expect(isRefusal(answer('X', 'm', status))).toBe(expected);
});
test('what has no status is no refusal', () => {
  expect([isRefusal(new Error('reset')), isRefusal(undefined)]).toEqual([false, false]);
});

test('the code of what is no error is unknown', () => {
  expect([errorCode(answer('X')), errorCode('X')]).toEqual(['X', 'Unknown']);
});

describe('a region that the account has not enabled', () => {
  test.each([
    ['AuthFailure', true],
    ['OptInRequired', true],
    ['UnrecognizedClientException', true],
    ['InvalidClientTokenId', true],
    ['AuthFailureX', false],
    ['XAuthFailure', false],
    ['AccessDenied', false],
  ])('%s: %s', (name, expected) => {
    expect(isNotEnabled(answer(name))).toBe(expected);
  });
  test('is no text, and is enabled by a command', () => {
    expect(isNotEnabled({ name: 'AuthFailure' })).toBe(false);
    expect(howToEnable('eu-south-1')).toBe(
      'eu-south-1 is not enabled in this account: enable it (aws account enable-region --region-name eu-south-1, or the console\'s page "Account"), which takes some minutes, and start again',
    );
  });
});
