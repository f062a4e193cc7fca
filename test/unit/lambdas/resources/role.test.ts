import { describe, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../../../../lambdas/resources/policy-document.ts';
import { meaningOf } from '../../../../lambdas/resources/policy-document.ts';
import { type RoleFound, role, toFound } from '../../../../lambdas/resources/role.ts';
import type { RoleSpec } from '../../../../lambdas/resources/role-statements.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const roles = (config = regionConfig()): Readonly<Record<string, RoleSpec>> =>
  Object.fromEntries(role.specs(config).map(({ key, spec }) => [key, spec]));
const actions = (spec: RoleSpec | undefined): string[] =>
  Object.values(spec?.policies ?? {}).flatMap((document) => document.Statement.flatMap(({ Action }) => Action));

describe('specs', () => {
  test.each([
    [
      'the primary region has those of the pipeline too',
      regionConfig(),
      [
        ['flow-logs', 'vpc', 'platform-us-east-1-flow-logs'],
        ['execution', 'ecs', 'platform-us-east-1-execution'],
        ['build', 'pipeline', 'platform-us-east-1-build'],
        ['pipeline', 'pipeline', 'platform-us-east-1-pipeline'],
        ['events', 'pipeline', 'platform-us-east-1-events'],
        ['mirror', 'pipeline', 'platform-us-east-1-mirror'],
      ],
    ],
    [
      'the other regions have only what their network and tasks need',
      secondaryConfig(),
      [
        ['flow-logs', 'vpc', 'platform-us-west-2-flow-logs'],
        ['execution', 'ecs', 'platform-us-west-2-execution'],
      ],
    ],
  ])('%s', (_, config, rows) => {
    expect(role.specs(config).map(({ key, stage, spec }) => [key, stage, spec.name])).toEqual(rows);
  });

  test.each([
    ['flow-logs', 'vpc-flow-logs.amazonaws.com'],
    ['execution', 'ecs-tasks.amazonaws.com'],
    ['build', 'codebuild.amazonaws.com'],
    ['pipeline', 'codepipeline.amazonaws.com'],
    ['events', 'events.amazonaws.com'],
  ])('%s is assumed by %s for this account only, within the boundary', (key, service) => {
    const spec = roles()[key];
    expect(spec?.trust.Statement).toEqual([
      {
        Sid: 'AssumedByService',
        Effect: 'Allow',
        Principal: { Service: service },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ]);
    expect(spec?.permissionsBoundary).toBe('arn:aws:iam::123456789012:policy/slipway/platform-boundary');
  });

  test('only what has no resource-level permissions is allowed on all of them', () => {
    const unbound = role
      .specs(regionConfig())
      .flatMap(({ spec }) => Object.values(spec.policies))
      .flatMap((document) => document.Statement)
      .filter(({ Resource }) => [Resource].flat().includes('*'))
      .flatMap(({ Action }) => Action);
    expect(new Set(unbound)).toEqual(
      new Set([
        'cloudwatch:PutMetricData',
        'ecr:GetAuthorizationToken',
        'ecs:DescribeTaskDefinition',
        'ecs:RegisterTaskDefinition',
      ]),
    );
  });

  test('no role is allowed a whole service', () => {
    expect(
      Object.values(roles())
        .flatMap(actions)
        .filter((action) => action.includes('*')),
    ).toEqual([]);
  });

  test('names stay within 64 characters for the longest deployment name and region', () => {
    const config = regionConfig({ deployment: 'a'.repeat(20), region: 'ap-southeast-5' });
    expect(Math.max(...role.specs(config).map(({ spec }) => spec.name.length))).toBeLessThanOrEqual(64);
  });
});

describe('diff', () => {
  const document = (Resource: string): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Write', Effect: 'Allow', Action: ['logs:PutLogEvents'], Resource }],
  });
  const spec: RoleSpec = {
    name: 'platform-us-east-1-flow-logs',
    description: 'Writes',
    permissionsBoundary: 'arn:boundary',
    trust: document('*'),
    policies: { write: document('arn:aws:logs:one') },
  };
  const found = (overrides: Partial<RoleFound> = {}): RoleFound => ({
    key: 'flow-logs',
    id: spec.name,
    name: spec.name,
    arn: `arn:aws:iam::123456789012:role/slipway/${spec.name}`,
    permissionsBoundary: spec.permissionsBoundary,
    trust: meaningOf(spec.trust),
    policies: { write: meaningOf(document('arn:aws:logs:one')) },
    managedPolicies: [],
    ...overrides,
  });
  const { permissionsBoundary: _boundary, ...unbounded } = found();

  test.each<[string, RoleFound, string[]]>([
    ['sees nothing where nothing differs', found(), []],
    [
      'names the element of a policy that was widened',
      found({ policies: { write: meaningOf(document('*')) } }),
      ['policies[write].Statement[Write].Resource'],
    ],
    ['names a policy that is missing', found({ policies: {} }), ['policies[write]']],
    [
      'names a policy that somebody added',
      found({ policies: { ...found().policies, admin: meaningOf(document('*')) } }),
      ['policies[admin]'],
    ],
    [
      'names a managed policy that somebody attached',
      found({ managedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
      ['managedPolicies'],
    ],
    ['names a boundary that was taken away', unbounded, ['permissionsBoundary']],
    [
      'names who may assume it now',
      found({ trust: meaningOf(document('arn:other')) }),
      ['trust.Statement[Write].Resource'],
    ],
  ])('%s', (_, seen, paths) => {
    expect(role.diff(spec, seen).map(({ path }) => path)).toEqual(paths);
  });

  test('only another name asks for a replacement', () => {
    const differences = role.diff({ ...spec, name: 'other' }, found({ managedPolicies: ['other'] }));
    expect(differences.filter(({ replace }) => replace).map(({ path }) => path)).toEqual(['name']);
  });
});

test('what IAM shows is read back as what we wrote', () => {
  const spec = roles().execution;
  if (spec === undefined) throw new TypeError('there is no execution role');
  const [found] = toFound(scope, {
    RoleName: spec.name,
    Arn: 'arn:aws:iam::123456789012:role/slipway/platform-us-east-1-execution',
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(spec.trust)),
    PermissionsBoundary: { PermissionsBoundaryArn: spec.permissionsBoundary },
    Tags: tags('role', 'execution'),
    RolePolicyList: Object.entries(spec.policies).map(([PolicyName, document]) => ({
      PolicyName,
      PolicyDocument: encodeURIComponent(JSON.stringify(document)),
    })),
    AttachedManagedPolicies: [],
  });
  expect(found && role.diff(spec, found)).toEqual([]);
});
