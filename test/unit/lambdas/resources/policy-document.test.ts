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

describe('what a document means', () => {
  const single = (statement: object) => meaningOf({ Statement: [statement] })['0'];
  test.each<[string, unknown, object]>([
    ['values are sorted lists without repetition', single({ Action: ['b', 'a', 'b'] }), { Action: ['a', 'b'] }],
    [
      'numbers and booleans are text',
      single({ Condition: { Bool: { x: true } } }),
      { Condition: { Bool: { x: ['true'] } } },
    ],
    ['the effect is no list', single({ Effect: 'Deny' }), { Effect: 'Deny' }],
    ['everybody is no list', single({ Principal: '*' }), { Principal: '*' }],
    ['every account is one', single({ Principal: { AWS: '*' } }), { Principal: { AWS: ['*'] } }],
    ['every action is a list', single({ Action: '*' }), { Action: ['*'] }],
    ['a document that is none means nothing', meaningOf('nonsense'), {}],
    ['nothing means nothing', meaningOf(null), {}],
    ['a list means nothing', meaningOf([]), {}],
    ['a statement that is none is passed over', meaningOf({ Statement: ['x', null, { Sid: 'A' }] }), { A: {} }],
    ['an empty name is none', meaningOf({ Statement: [{ Sid: '', Effect: 'Deny' }] }), { 0: { Effect: 'Deny' } }],
    [
      'a name that is taken is none',
      meaningOf({ Statement: [{ Sid: 'A' }, { Sid: 'A', Effect: 'Deny' }] }),
      { A: {}, 0: { Effect: 'Deny' } },
    ],
    [
      'nameless statements are counted in the order of their text',
      meaningOf({ Statement: [{ Effect: 'Deny' }, { Action: 'a' }, { Effect: 'Allow' }] }),
      { 0: { Action: ['a'] }, 1: { Effect: 'Allow' }, 2: { Effect: 'Deny' } },
    ],
    ['no text means nothing', parsePolicy(undefined), {}],
    ['an empty text means nothing', parsePolicy(''), {}],
    ['a percent sign in plain JSON stays', parsePolicy('{"Statement":{"Sid":"%41"}}'), { '%41': {} }],
  ])('%s', (_, meaning, expected) => {
    expect(meaning).toEqual(expected);
  });
});
