import { describe, expect, test } from '@jest/globals';
import { type ClusterFound, type ClusterSpec, cluster, toFound } from '../../../../lambdas/resources/cluster.ts';
import { lowerTags, scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: ClusterSpec = { name: 'platform-cluster', containerInsights: 'enhanced' };
const found = (overrides: Partial<ClusterFound> = {}): ClusterFound => ({
  ...spec,
  key: 'main',
  id: 'platform-cluster',
  arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/platform-cluster',
  status: 'ACTIVE',
  ...overrides,
});

test('a region has one, with Container Insights', () => {
  expect(cluster.specs(regionConfig())).toEqual([{ key: 'main', spec }]);
});

describe('diff', () => {
  test.each<[string, Partial<ClusterFound>, object[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'names Container Insights that were switched off',
      { containerInsights: 'disabled' },
      [{ path: 'containerInsights', was: 'disabled', want: 'enhanced' }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(cluster.diff(spec, found(overrides))).toEqual(differences);
  });
});

describe('readiness', () => {
  test.each([
    ['an active cluster is ready', 'ACTIVE', 'ready'],
    ['one that is being made is pending', 'PROVISIONING', 'pending'],
    ['a failed one has failed', 'FAILED', 'failed'],
  ])('%s', (_, status, state) => {
    expect(cluster.readiness(found({ status }), spec).state).toBe(state);
  });
});

describe('what ECS shows', () => {
  const seen = { clusterArn: found().arn, clusterName: spec.name };
  test.each([
    ['treats an inactive cluster as absent', 'INACTIVE', lowerTags('cluster', 'main'), 0],
    ['treats one that is being removed as absent', 'DEPROVISIONING', lowerTags('cluster', 'main'), 0],
    ['does not take a cluster without our tags for ours', 'ACTIVE', [], 0],
    ['knows its own', 'ACTIVE', lowerTags('cluster', 'main'), 1],
  ])('%s', (_, status, tags, count) => {
    expect(toFound(scope, { ...seen, status, tags })).toHaveLength(count);
  });

  test('reads a cluster without the setting as one without insights', () => {
    const [seenCluster] = toFound(scope, { ...seen, status: 'ACTIVE', tags: lowerTags('cluster', 'main') });
    expect(seenCluster?.containerInsights).toBe('disabled');
  });
});

test('gives name and ARN', () => {
  expect(cluster.output(found())).toEqual({ id: 'platform-cluster', arn: found().arn });
});
