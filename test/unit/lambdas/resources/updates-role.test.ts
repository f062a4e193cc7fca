import { describe, expect, test } from '@jest/globals';
import { role } from '../../../../lambdas/resources/role.ts';
import { answeringCloud, type Call } from '../../../support/answering-cloud.ts';
import { create, update } from '../../../support/changes.ts';
import { tags } from '../../../support/ownership.ts';

const RoleName = 'platform-us-east-1-events';
const boundary = 'arn:aws:iam::123456789012:policy/slipway/platform-boundary';
const standing = { name: RoleName, policies: { 'start-pipeline': {} }, managedPolicies: [] };
const policy = { RoleName, PolicyName: 'start-pipeline', PolicyDocument: expect.stringContaining('"StartPipeline"') };

test('a role is made within its boundary, trusted by its service, without policies', async () => {
  const { found, calls } = await create('role', 'events', { CreateRole: () => ({ Role: { Arn: 'arn:role' } }) });
  expect(calls).toEqual([
    [
      'CreateRole',
      {
        RoleName,
        Path: '/slipway/',
        Description: 'Starts the pipeline of platform when the source changes',
        AssumeRolePolicyDocument: expect.stringContaining('"events.amazonaws.com"'),
        PermissionsBoundary: boundary,
        Tags: tags('role', 'events'),
      },
    ],
  ]);
  expect(found).toMatchObject({
    key: 'events',
    id: RoleName,
    name: RoleName,
    arn: 'arn:role',
    permissionsBoundary: boundary,
    policies: {},
    managedPolicies: [],
  });
});

test('a role without an ARN in the answer has that of its name', async () => {
  const { found } = await create('role', 'events', {});
  expect(found).toMatchObject({ arn: `arn:aws:iam::123456789012:role/slipway/${RoleName}` });
});

describe('a role is changed', () => {
  test.each<[string, readonly string[], object, ...Call[]]>([
    [
      'in its boundary before anything else',
      ['policies[start-pipeline]', 'permissionsBoundary'],
      standing,
      ['PutRolePermissionsBoundary', { RoleName, PermissionsBoundary: boundary }],
      ['PutRolePolicy', policy],
    ],
    [
      'in whom it trusts',
      ['trust.Statement[0].Principal'],
      standing,
      ['UpdateAssumeRolePolicy', { RoleName, PolicyDocument: expect.stringContaining('"events.amazonaws.com"') }],
    ],
    [
      'in a policy that is missing',
      ['policies[start-pipeline]'],
      { ...standing, policies: {} },
      ['PutRolePolicy', policy],
    ],
    [
      'in a policy that somebody added',
      ['policies[more]'],
      { ...standing, policies: { ...standing.policies, more: {} } },
      ['DeleteRolePolicy', { RoleName, PolicyName: 'more' }],
    ],
    [
      'in a managed policy that somebody attached',
      ['managedPolicies'],
      { ...standing, managedPolicies: ['arn:managed'] },
      ['DetachRolePolicy', { RoleName, PolicyArn: 'arn:managed' }],
    ],
  ])('%s', async (_, paths, found, ...expected) => {
    expect(await update('role', 'events', found, paths)).toEqual(expected);
  });

  test('in its tags, by IAM’s own call', async () => {
    const { cloud, calls } = answeringCloud({});
    const found = { key: 'events', id: RoleName, arn: 'arn:role', trust: {}, ...standing };
    await role.tag?.(cloud, found, { team: 'a' });
    expect(calls).toEqual([['TagRole', { RoleName, Tags: [{ Key: 'team', Value: 'a' }] }]]);
  });
});
