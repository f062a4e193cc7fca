import { expect } from '@jest/globals';
import { type Row, tagged } from './drawn.ts';

/** What the diagrams take for granted. */
export const beyond: readonly Row[] = [
  [
    'names and owner tags are deterministic',
    ({ vpc, subnets, cluster, loadBalancer }) => {
      for (const { Tags } of [vpc, ...subnets]) expect(tagged(Tags, 'slipway:deployment')).toBe('platform');
      expect(subnets.map(({ Tags }) => tagged(Tags, 'Name')).sort()).toEqual([
        'platform-private-a',
        'platform-private-b',
        'platform-public-a',
        'platform-public-b',
      ]);
      expect(tagged(vpc.Tags, 'Name')).toBe('platform-main');
      expect(cluster.tags).toContainEqual({ key: 'slipway:deployment', value: 'platform' });
      expect(loadBalancer.LoadBalancerName).toBe('platform-alb');
    },
  ],
  [
    'the repository is encrypted and expires old images',
    ({ repository, lifecyclePolicy }) => {
      expect(repository.encryptionConfiguration?.encryptionType).toBe('AES256');
      expect(lifecyclePolicy.rules?.length).toBeGreaterThan(0);
    },
  ],
  [
    'a deployment that fails is rolled back by the circuit breaker',
    ({ environments }) => {
      for (const { service } of environments)
        expect(service.deploymentConfiguration?.deploymentCircuitBreaker).toMatchObject({
          enable: true,
          rollback: true,
        });
    },
  ],
];
