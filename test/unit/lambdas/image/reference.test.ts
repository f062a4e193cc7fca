import { describe, expect, test } from '@jest/globals';
import { parseReference, registryUrl } from '../../../../lambdas/image/reference.ts';

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
