import { describe, expect, test } from '@jest/globals';
import { internetGateway } from '../../../../lambdas/resources/internet-gateway.ts';
import { regionConfig } from '../../../support/region-config.ts';

test('a region has one, attached to its VPC', () => {
  expect(internetGateway.specs(regionConfig())).toEqual([{ key: 'main', spec: { vpc: '${vpc/main.id}' } }]);
});

describe('diff', () => {
  test.each([
    ['sees nothing while it is attached to our VPC', { vpc: 'vpc-1' }, []],
    ['names the VPC of a gateway that was detached', {}, [{ path: 'vpc', was: undefined, want: 'vpc-1' }]],
    ['names a foreign VPC', { vpc: 'vpc-2' }, [{ path: 'vpc', was: 'vpc-2', want: 'vpc-1' }]],
  ])('%s', (_, seen, differences) => {
    expect(internetGateway.diff({ vpc: 'vpc-1' }, { key: 'main', id: 'igw-1', ...seen })).toEqual(differences);
  });
});

test('is ready as soon as it is made', () => {
  const found = { key: 'main', id: 'igw-1' };
  expect(internetGateway.readiness(found, { vpc: 'vpc-1' })).toEqual({ state: 'ready' });
  expect(internetGateway.output(found)).toEqual({ id: 'igw-1' });
});
