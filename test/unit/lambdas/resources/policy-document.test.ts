import { describe, expect, test } from '@jest/globals';
import {
  comparePolicies,
  meaningOf,
  type PolicyDocument,
  parsePolicy,
} from '../../../../lambdas/resources/policy-document.ts';

const policy = (overrides: object = {}): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: 'arn:aws:s3:::one',
      ...overrides,
    },
  ],
});
const paths = (was: unknown, want: PolicyDocument): readonly string[] =>
  comparePolicies('policy', meaningOf(was), meaningOf(want)).map(({ path }) => path);

describe('two documents mean the same', () => {
  test.each<[string, unknown]>([
    ['in another order of actions', policy({ Action: ['s3:ListBucket', 's3:GetObject'] })],
    ['with a single value as a list', policy({ Resource: ['arn:aws:s3:::one'] })],
    ['with a single statement that is no list', { ...policy(), Statement: policy().Statement[0] }],
    ['with another order of elements', { Statement: policy().Statement, Version: '2012-10-17' }],
  ])('%s', (_, was) => {
    expect(paths(was, policy())).toEqual([]);
  });

  test('percent-encoded, as IAM returns them', () => {
    expect(parsePolicy(encodeURIComponent(JSON.stringify(policy())))).toEqual(meaningOf(policy()));
  });

  test('as plain JSON, as other services return them', () => {
    expect(parsePolicy(JSON.stringify(policy()))).toEqual(meaningOf(policy()));
  });

  test('without names, in another order', () => {
    const [one, two] = [
      { Effect: 'Allow', Action: 'a:B' },
      { Effect: 'Deny', Action: 'c:D' },
    ];
    expect(meaningOf({ Statement: [one, two] })).toEqual(meaningOf({ Statement: [two, one] }));
  });
});

describe('a difference is named by its place', () => {
  const [statement] = policy().Statement;
  test.each<[string, unknown, string[]]>([
    ['where an action was added', policy({ Action: 's3:*' }), ['policy.Statement[Read].Action']],
    ['where the resource was widened', policy({ Resource: '*' }), ['policy.Statement[Read].Resource']],
    [
      'where a condition was added',
      policy({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
      ['policy.Statement[Read].Condition'],
    ],
    ['where the effect was turned', policy({ Effect: 'Deny' }), ['policy.Statement[Read].Effect']],
    [
      'where a statement was added',
      { Statement: [statement, { Sid: 'More', Effect: 'Allow', Action: '*', Resource: '*' }] },
      ['policy.Statement[More]'],
    ],
    [
      'where a nameless statement was added',
      { Statement: [statement, { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }] },
      ['policy.Statement[0]'],
    ],
    ['where the document is empty', {}, ['policy.Statement[Read]']],
  ])('%s', (_, was, expected) => {
    expect(paths(was, policy())).toEqual(expected);
  });
});

test('the principal * is not a list of one account', () => {
  expect(meaningOf({ Statement: { Sid: 'Any', Principal: '*' } })).not.toEqual(
    meaningOf({ Statement: { Sid: 'Any', Principal: { AWS: '*' } } }),
  );
});
