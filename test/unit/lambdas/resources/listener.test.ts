import { describe, expect, test } from '@jest/globals';
import { ownershipTags } from '../../../../lambdas/aws/ownership.ts';
import { type ListenerFound, type ListenerSpec, listener, toFound } from '../../../../lambdas/resources/listener.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1';
const serve = { type: 'forward', targetGroup: '${target-group/production.id}' };

describe('specs', () => {
  test('without a certificate port 80 serves production', () => {
    expect(listener.specs(regionConfig())).toEqual([
      {
        key: 'http',
        spec: { loadBalancer: '${load-balancer/main.id}', port: 80, protocol: 'HTTP', action: serve },
      },
    ]);
  });

  test('with a certificate port 443 serves production and port 80 redirects to it', () => {
    expect(listener.specs(regionConfig({ certificateArn }))).toEqual([
      {
        key: 'https',
        spec: {
          loadBalancer: '${load-balancer/main.id}',
          port: 443,
          protocol: 'HTTPS',
          action: serve,
          certificate: certificateArn,
          tlsPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
        },
      },
      {
        key: 'http',
        spec: {
          loadBalancer: '${load-balancer/main.id}',
          port: 80,
          protocol: 'HTTP',
          action: { type: 'redirect', protocol: 'HTTPS', port: '443', code: 'HTTP_301' },
        },
      },
    ]);
  });
});

test('the listener on port 443 is made with the certificate and the TLS policy', async () => {
  const { cloud, calls } = answeringCloud({ CreateListener: () => ({ Listeners: [{ ListenerArn: 'arn:listener' }] }) });
  const [https] = listener.specs(regionConfig({ certificateArn }));
  if (https === undefined) throw new TypeError('there is no listener');
  await listener.create(cloud, https, 'token-1');
  expect(calls[0]).toEqual([
    'CreateListener',
    expect.objectContaining({
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: certificateArn }],
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    }),
  ]);
});

describe('diff', () => {
  const spec: ListenerSpec = {
    loadBalancer: 'arn:alb',
    port: 443,
    protocol: 'HTTPS',
    action: { type: 'forward', targetGroup: 'arn:production' },
    certificate: certificateArn,
    tlsPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  };
  const found = (overrides: Partial<ListenerFound> = {}): ListenerFound => ({
    ...spec,
    key: 'https',
    id: 'arn:listener',
    ...overrides,
  });
  test.each<[string, Partial<ListenerFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['names a weaker policy', { tlsPolicy: 'ELBSecurityPolicy-2016-08' }, ['tlsPolicy']],
    ['names another certificate', { certificate: 'arn:other' }, ['certificate']],
    ['names another target', { action: { type: 'forward', targetGroup: 'arn:staging' } }, ['action']],
    ['names another port', { port: 8443 }, ['port']],
  ])('%s', (_, overrides, paths) => {
    expect(listener.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });

  test('a target group that does not exist yet shows as a reference', () => {
    const differences = listener.diff(
      { ...spec, action: { type: 'forward', targetGroup: '${target-group/production.id}' } },
      found(),
    );
    expect(differences[0]?.want).toEqual({ type: 'forward', targetGroup: '${target-group/production.id}' });
  });
});

test("somebody else's listener on our load balancer is not ours", () => {
  const seen = { ListenerArn: 'arn:listener', Port: 8080 };
  expect(toFound(scope, seen, {})).toEqual([]);
  expect(toFound(scope, seen, ownershipTags(scope, 'listener', 'http'))).toHaveLength(1);
});
