import { describe, expect, test } from '@jest/globals';
import { ownershipTags } from '../../../../lambdas/aws/ownership.ts';
import { logGroup, toFound } from '../../../../lambdas/resources/log-group.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const common = [
  ['flow-logs', 'vpc', '/slipway/platform/flow-logs'],
  ['staging', 'ecs', '/slipway/platform/staging'],
  ['production', 'ecs', '/slipway/platform/production'],
  ['container-insights', 'ecs', '/aws/ecs/containerinsights/platform-cluster/performance'],
];

describe('specs', () => {
  test.each([
    [
      'the primary region has one for builds too',
      regionConfig(),
      [...common, ['build', 'pipeline', '/aws/codebuild/platform-build']],
    ],
    ['other regions build nothing', secondaryConfig(), common],
  ])('%s', (_, config, rows) => {
    expect(logGroup.specs(config).map(({ key, stage, spec }) => [key, stage, spec.name])).toEqual(rows);
  });

  test('all keep what they have for as long as the input says', () => {
    const days = logGroup.specs(regionConfig({ logRetentionDays: 7 })).map(({ spec }) => spec.retentionDays);
    expect(new Set(days)).toEqual(new Set([7]));
  });
});

describe('diff', () => {
  const spec = { name: '/slipway/platform/staging', retentionDays: 30 };
  const found = { key: 'staging', id: spec.name, name: spec.name, arn: 'arn:aws:logs' };
  test.each([
    ['sees nothing where nothing differs', { retentionDays: 30 }, []],
    ['names retention that is missing', {}, [{ path: 'retentionDays', was: undefined, want: 30 }]],
    ['names retention that somebody changed', { retentionDays: 1 }, [{ path: 'retentionDays', was: 1, want: 30 }]],
  ])('%s', (_, overrides, differences) => {
    expect(logGroup.diff(spec, { ...found, ...overrides })).toEqual(differences);
  });
});

test('the ARN is the one that tagging takes, without the streams', () => {
  const tags = ownershipTags(scope, 'log-group', 'staging');
  const [found] = toFound(scope, { logGroupName: '/slipway/platform/staging' }, tags);
  expect(found?.arn).toBe('arn:aws:logs:us-east-1:123456789012:log-group:/slipway/platform/staging');
});

test('a group that AWS made again by itself, untagged, is not ours until it is adopted', () => {
  expect(toFound(scope, { logGroupName: '/aws/codebuild/platform-build' }, {})).toEqual([]);
});
