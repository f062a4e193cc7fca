import { describe, expect, test } from '@jest/globals';
import { maySendTo, parseReference, registryUrl } from '../../../../lambdas/image/reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('a base image reference', () => {
  const read: [string, string, string, string][] = [
    [
      'names registry and repository',
      `public.ecr.aws/docker/library/node@${digest}`,
      'public.ecr.aws',
      'docker/library/node',
    ],
    ['may have a port', `localhost:5000/slipway/node@${digest}`, 'localhost:5000', 'slipway/node'],
    ['may have a public address', `93.184.215.14:5000/node@${digest}`, '93.184.215.14:5000', 'node'],
    ['may have a public IPv6 address', `[2606:2800::1]/node@${digest}`, '[2606:2800::1]', 'node'],
    ['may have an IPv6 host', `[::1]:5000/node@${digest}`, '[::1]:5000', 'node'],
    ['without a host is on Docker Hub', `bitnami/node@${digest}`, 'docker.io', 'bitnami/node'],
    ['without a namespace is in library', `node@${digest}`, 'docker.io', 'library/node'],
    ['on docker.io without a namespace is in library', `docker.io/node@${digest}`, 'docker.io', 'library/node'],
    ['knows the old name of Docker Hub', `index.docker.io/node@${digest}`, 'docker.io', 'library/node'],
    [
      'may have a tag beside the digest, which is ignored',
      `localhost:5000/node:24-slim@${digest}`,
      'localhost:5000',
      'node',
    ],
  ];
  test.each(read)('%s', (_, text, registry, repository) => {
    expect(parseReference(text)).toEqual({
      name: `${registry}/${repository}@${digest}`,
      registry,
      repository,
      digest,
    });
  });

  const refused: [string, string, RegExp][] = [
    ['with a tag only is refused', 'node:24', /not pinned/],
    ['with nothing but a name is refused', 'node', /not pinned/],
    ['with a short digest is refused', 'node@sha256:abcd', /no valid digest/],
    ['with another algorithm is refused', `node@sha512:${'ab'.repeat(64)}`, /no valid digest/],
    ['with two digests is refused', `node@${digest}@${digest}`, /no valid digest/],
    ['with capitals in the repository is refused', `example.com/Node@${digest}`, /not a reference/],
    ['with a path outside of the repository is refused', `example.com/../node@${digest}`, /not a reference/],
    ['with a URL as its host is refused', `https://example.com/node@${digest}`, /not a reference/],
    ['with credentials in its host is refused', `user:secret.x/node@${digest}`, /not a reference/],
    ['without a repository is refused', `example.com/@${digest}`, /not a reference/],
    ['with a port that is none is refused', `example.com:99999/node@${digest}`, /not a host and port/],
    ...[
      '169.254.169.254',
      '169.254.169.254:80',
      // The same address.
      '2852039166:443',
      '0xa9fea9fe:443',
      '0251.0376.0251.0376',
      '[::ffff:a9fe:a9fe]',
      '[fd00:ec2::254]',
      '[fe80::1]:5000',
      '[::]',
      '0.0.0.0',
      '10.1.2.3:5000',
      '100.100.1.1',
      '172.31.0.2',
      '192.168.1.1:5000',
      'metadata.google.internal',
      'instance-data.ec2.internal',
      'registry.local:5000',
      'metadata:80',
    ].map((host): [string, string, RegExp] => [`on ${host} is refused`, `${host}/a/b@${digest}`, /not a public host/]),
  ];
  test.each(refused)('%s', (_, text, message) => {
    expect(() => parseReference(text)).toThrow(message);
  });
});

describe("a registry's API", () => {
  test.each([
    ['is encrypted', 'public.ecr.aws', 'https://public.ecr.aws'],
    ["has a host of its own on Docker Hub's", 'docker.io', 'https://registry-1.docker.io'],
    ['is not encrypted on localhost', 'localhost:5000', 'http://localhost:5000'],
    ['is not encrypted below localhost', 'ecr.localhost:5000', 'http://ecr.localhost:5000'],
    ['is not encrypted on any 127.x', '127.0.0.9:5000', 'http://127.0.0.9:5000'],
    ['is not encrypted on ::1', '[::1]:5000', 'http://[::1]:5000'],
    ['is encrypted on a host that only begins like one', '127.0.0.1.example.com', 'https://127.0.0.1.example.com'],
  ])('%s', (_, registry, url) => {
    expect(registryUrl(registry)).toBe(url);
  });
});

test.each([
  ['https://registry.example', 'https://cdn.example/blob', true],
  ['https://registry.example', 'http://cdn.example/blob', false],
  ['https://registry.example', 'https://169.254.169.254/latest', false],
  ['https://registry.example', 'http://169.254.169.254/latest', false],
  // The Lambda's own API.
  ['https://registry.example', 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next', false],
  ['https://registry.example', 'https://localhost/x', false],
  ['http://localhost:5000', 'http://127.0.0.1:6000/blob', true],
  ['http://localhost:5000', 'http://169.254.169.254/latest', false],
])('a registry at %s that sends to %s: %p', (from, to, may) => {
  expect(maySendTo(new URL(from), new URL(to))).toBe(may);
});
