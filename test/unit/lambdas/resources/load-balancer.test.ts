import { describe, expect, test } from '@jest/globals';
import { ownershipTags } from '../../../../lambdas/aws/ownership.ts';
import { type LoadBalancerSpec, loadBalancer } from '../../../../lambdas/resources/load-balancer.ts';
import { type LoadBalancerFound, toFound } from '../../../../lambdas/resources/load-balancer-reading.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const attributes = {
  'client_keep_alive.seconds': '3600',
  'deletion_protection.enabled': 'false',
  'idle_timeout.timeout_seconds': '60',
  'routing.http.desync_mitigation_mode': 'defensive',
  'routing.http.drop_invalid_header_fields.enabled': 'true',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.xff_header_processing.mode': 'append',
  'waf.fail_open.enabled': 'false',
};
const spec: LoadBalancerSpec = {
  name: 'platform-alb',
  scheme: 'internet-facing',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
  attributes,
};
const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/platform-alb/50dc6c495c0c9188';
const found = (overrides: Partial<LoadBalancerFound> = {}): LoadBalancerFound => ({
  ...spec,
  key: 'main',
  id: arn,
  subnets: ['subnet-2', 'subnet-1'],
  attributes: { ...attributes, 'access_logs.s3.enabled': 'true' },
  dnsName: 'platform-alb-1.us-east-1.elb.amazonaws.com',
  zoneId: 'Z35SXDOTRQ7X7K',
  state: 'active',
  ageSeconds: 0,
  ...overrides,
});

describe('specs', () => {
  test('a region has one, open to the internet, over all public subnets', () => {
    expect(loadBalancer.specs(regionConfig())).toEqual([
      {
        key: 'main',
        deferredTo: 'finish-production',
        spec: {
          ...spec,
          subnets: ['${subnet/public-a.id}', '${subnet/public-b.id}'],
          securityGroups: ['${security-group/alb.id}'],
        },
      },
    ]);
  });

  test("its name stays within ELB's 32 characters for the longest deployment name", () => {
    const [wanted] = loadBalancer.specs(regionConfig({ deployment: 'a'.repeat(20) }));
    expect(wanted?.spec.name.length).toBeLessThanOrEqual(32);
  });
});

describe('diff', () => {
  test.each<[string, Partial<LoadBalancerFound>, object[]]>([
    ['sees nothing where nothing differs, in whatever order ELB lists it', {}, []],
    [
      'names an attribute that somebody changed',
      { attributes: { ...attributes, 'deletion_protection.enabled': 'true' } },
      [{ path: 'attributes[deletion_protection.enabled]', was: 'true', want: 'false' }],
    ],
    [
      'names subnets and groups',
      { subnets: ['subnet-1'], securityGroups: ['sg-2'] },
      [
        { path: 'subnets', was: ['subnet-1'], want: ['subnet-1', 'subnet-2'] },
        { path: 'securityGroups', was: ['sg-2'], want: ['sg-1'] },
      ],
    ],
    [
      'leaves a zone that only goes to the stage that finishes production',
      { subnets: ['subnet-3', 'subnet-2', 'subnet-1'] },
      [
        {
          path: 'subnets',
          was: ['subnet-1', 'subnet-2', 'subnet-3'],
          want: ['subnet-1', 'subnet-2'],
          deferred: true,
        },
      ],
    ],
    [
      'asks for a replacement where the scheme differs',
      { scheme: 'internal' },
      [{ path: 'scheme', was: 'internal', want: 'internet-facing', replace: true }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(loadBalancer.diff(spec, found(overrides))).toEqual(differences);
  });
});

describe('readiness', () => {
  test.each<[string, Partial<LoadBalancerFound>, object]>([
    ['an active one is ready', {}, { state: 'ready' }],
    ['one that lacks only room to grow is ready', { state: 'active_impaired' }, { state: 'ready' }],
    [
      'a new one takes 150 s',
      { state: 'provisioning' },
      { state: 'pending', reason: 'the load balancer is provisioning', nextCheckSeconds: 120 },
    ],
    ['its age counts', { state: 'provisioning', ageSeconds: 100 }, { state: 'pending', nextCheckSeconds: 20 }],
    [
      'an overdue one is looked at more and more seldom',
      { state: 'provisioning', ageSeconds: 400 },
      { nextCheckSeconds: 15 },
    ],
    [
      "a failed one says ELB's reason",
      { state: 'failed', reason: 'no free addresses' },
      { state: 'failed', reason: 'the load balancer failed: no free addresses' },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(loadBalancer.readiness(found(overrides), spec)).toMatchObject(expected);
  });
});

test('gives what CloudWatch and people call it', () => {
  expect(loadBalancer.output(found())).toEqual({
    id: arn,
    arn,
    dnsName: 'platform-alb-1.us-east-1.elb.amazonaws.com',
    zoneId: 'Z35SXDOTRQ7X7K',
    suffix: 'app/platform-alb/50dc6c495c0c9188',
  });
});

test('a load balancer of our name without our tags is not ours', () => {
  expect(toFound(scope, { LoadBalancerArn: arn }, {}, {})).toEqual([]);
  expect(toFound(scope, { LoadBalancerArn: arn }, ownershipTags(scope, 'load-balancer', 'main'), {})).toHaveLength(1);
});
