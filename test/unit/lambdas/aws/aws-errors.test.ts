import { describe, expect, test } from '@jest/globals';
import { asSlipwayError } from '../../../../lambdas/aws/aws-errors.ts';

const answer = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

describe('what AWS refuses', () => {
  test.each([
    [
      'an address that a removed NAT gateway still holds',
      answer('Resource.AlreadyAssociated', 'Elastic IP address [eipalloc-1] is already associated'),
      'TransientError',
    ],
    ['a role of seconds', answer('InvalidParameter', 'Unable to assume given IAM role'), 'TransientError'],
    ['a quota', answer('AddressLimitExceeded', 'Too many addresses allocated'), 'ResourceFailedError'],
  ])('%s', (_, error, expected) => {
    expect(asSlipwayError(error, 'could not create it').name).toBe(expected);
  });
});
