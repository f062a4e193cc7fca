import { describe, expect, test } from '@jest/globals';
import { asSlipwayError, isDenied } from '../../../../lambdas/aws/aws-errors.ts';
import { noRevision, roleTaken, says } from '../../../../lambdas/aws/saying.ts';
import { tooEarly } from '../../../../lambdas/aws/too-early.ts';
import { denials } from '../../../../workflow/denials.ts';

const answer = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
const told = (name: string, message: string) => asSlipwayError(answer(name, message), 'could not create it');

describe('what AWS answers too early is tried again', () => {
  test.each(tooEarly.map((saying) => [`${saying.code}: ${saying.when}`, saying] as const))('%s', (_, saying) => {
    expect(told(saying.code, saying.sample).name).toBe('TransientError');
    // The SDK adds `Exception` to some codes of the query protocols.
    expect(told(saying.code.replace(/Exception$/, ''), saying.sample).name).toBe('TransientError');
  });

  test.each(tooEarly.filter(({ message }) => message !== undefined).map((saying) => [saying.code, saying] as const))(
    '%s with another message is not',
    (code) => {
      expect(told(code, 'The value is not valid').name).toBe('ResourceFailedError');
    },
  );

  test('each row is told apart from the others', () => {
    const rows = tooEarly.map(({ code, message }) => `${code} ${message?.source ?? ''}`);
    expect(rows).toEqual([...new Set(rows)]);
  });

  test.each([roleTaken, noRevision])('$code of "$when" is known by its sample', (saying) => {
    expect(says(answer(saying.code, saying.sample), saying)).toBe(true);
    expect(says(answer(saying.code, 'something else'), saying)).toBe(false);
  });
});

const caller = 'arn:aws:sts::123456789012:assumed-role/slipway-ecs-role/slipway-ecs';
const implicit = (action: string, resource = '*') =>
  `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

describe('a denial', () => {
  test.each([
    ['AccessDeniedException', implicit('ecs:CreateService'), 'grant ecs:CreateService on * to'],
    ['AccessDenied', implicit('iam:GetRole', 'role AWSServiceRoleForECS'), 'grant iam:GetRole on role to'],
    [
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${implicit('ec2:CreateVpc', 'arn:aws:ec2:us-east-1:123456789012:vpc/*')}. Encoded authorization failure message: x3Assume`,
      'grant ec2:CreateVpc on arn:aws:ec2:us-east-1:123456789012:vpc/* to',
    ],
    ['UnauthorizedOperation', 'You are not authorized to perform this operation.', 'grant the action to'],
    ['AccessDenied', `User: ${caller} is not authorized to perform: sns:Publish`, 'grant sns:Publish to'],
    [
      'AuthorizationErrorException',
      `User: ${caller} is not authorized to perform: SNS:CreateTopic on resource: arn:aws:sns:us-east-1:123456789012:x with an explicit deny in a service control policy`,
      'a service control policy of the organisation denies it: allow SNS:CreateTopic',
    ],
    [
      'AccessDeniedException',
      `User: ${caller} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/slipway/x because no permissions boundary allows the iam:PassRole action`,
      'the permissions boundary of the function',
    ],
    [
      'AccessDenied',
      `User: ${caller} is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::b" with an explicit deny in an identity-based policy`,
      'a policy denies it explicitly: take s3:CreateBucket',
    ],
    ['KMSAccessDeniedException', 'The ciphertext refers to a key that you may not use.', 'grant the action to'],
    ['EncryptionKeyAccessDeniedException', 'An encryption key could not be accessed.', 'grant the action to'],
    // Services wrap IAM's sentence into codes of their own, which mean "too early" otherwise.
    ['InvalidInputException', implicit('sts:AssumeRole'), 'grant sts:AssumeRole on * to'],
    ['ClientException', implicit('iam:PassRole', 'arn:aws:iam::1:role/slipway/x'), 'grant iam:PassRole on'],
    ['InvalidStructureException', implicit('sts:AssumeRole'), 'grant sts:AssumeRole'],
    ['NoSuchEntityException', implicit('iam:GetRole'), 'grant iam:GetRole'],
    ['ThrottlingException', implicit('iam:GetRole'), 'grant iam:GetRole'],
    ...denials.map((code) => [code, 'no', 'grant the action to'] as const),
  ])('%s: %s', (code, message, advice) => {
    expect(isDenied(answer(code, message))).toBe(true);
    const error = told(code, message);
    expect(error.name).toBe('DeniedError');
    expect(error.message).toContain(advice);
    expect(error.message).not.toContain('Encoded');
  });

  test.each(tooEarly)('$code of "$when" is none', ({ code, sample }) => {
    expect(isDenied(answer(code, sample))).toBe(false);
  });
});

describe('what else AWS refuses', () => {
  test.each([
    ['a quota', 'AddressLimitExceeded', 'Too many addresses allocated', 'ResourceFailedError', 'raise the quota'],
    [
      'a quota of another service',
      'LimitExceededException',
      'log group limit',
      'ResourceFailedError',
      'raise the quota',
    ],
    [
      'a region that is not enabled',
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'ResourceFailedError',
      'not enabled',
    ],
    [
      'the same by EC2',
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      'ResourceFailedError',
      'not enabled',
    ],
    ['an account that AWS checks', 'PendingVerification', 'Your request…', 'ResourceFailedError', 'Support Center'],
    ['an account that is blocked', 'BlockedException', 'was blocked', 'ResourceFailedError', 'Support Center'],
    ['an account without the service', 'OptInRequired', 'subscribed', 'ResourceFailedError', 'not yet activated'],
    ['throttling', 'ThrottlingException', 'Rate exceeded', 'TransientError', 'Rate exceeded'],
    [
      'throttling of EC2',
      'RequestLimitExceeded',
      'Request limit exceeded.',
      'TransientError',
      'Request limit exceeded.',
    ],
  ])('%s', (_, code, message, name, text) => {
    const error = told(code, message);
    expect(error.name).toBe(name);
    expect(error.message).toContain(text);
  });

  test.each([
    ['by its status', { name: 'InternalError', $metadata: { httpStatusCode: 500 } }],
    ['by the model', { name: 'ServiceUnavailableException', $fault: 'server', $metadata: { httpStatusCode: 400 } }],
  ])('a failure of the service is tried again, %s', (_, told) => {
    const error = Object.assign(new Error('sorry'), told);
    expect(asSlipwayError(error, 'could not read it').name).toBe('TransientError');
  });
});
