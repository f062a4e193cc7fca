import { createHash } from 'node:crypto';
import { InputError } from '../errors.ts';

/** A content address: `sha256:` and 64 hex digits. Other algorithms are allowed by the OCI specification and used by nobody. */
export type Digest = `sha256:${string}`;

const digestPattern = /^sha256:[0-9a-f]{64}$/;
export const isDigest = (text: string): text is Digest => digestPattern.test(text);

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** What names a blob or a manifest: OCI's content descriptor. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface ImageReference {
  /** The reference in full: `docker.io/library/node@sha256:…`. */
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
}

/** Host, with a port if any; the grammar of the distribution project, IPv6 addresses in brackets included. */
const hostPattern = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;
const repositoryPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/**
 * Reads `registry/repository@sha256:…`. A tag beside the digest is allowed and ignored, as everywhere; short names mean
 * Docker Hub, as everywhere.
 * @throws {InputError} without a digest: a tag moves, and the plan computes the finished image's digest before the push
 */
export function parseReference(text: string): ImageReference {
  const [named = '', digest, ...rest] = text.split('@');
  if (digest === undefined)
    throw new InputError(`image ${text} is not pinned: write registry/repository@sha256:… instead of a tag`);
  if (rest.length > 0 || !isDigest(digest))
    throw new InputError(`image ${text} has no valid digest: sha256: and 64 lower-case hex digits follow the @`);

  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  // Docker's rule: what comes before the first slash is a registry only if it looks like a host.
  const isHost = first === 'localhost' || /[.:]/.test(first);
  const registry = !isHost || first === 'index.docker.io' ? 'docker.io' : first;
  const path = (isHost ? named.slice(slash + 1) : named).replace(/:\w[\w.-]{0,127}$/, '');
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  if (!hostPattern.test(registry) || !repositoryPattern.test(repository))
    throw new InputError(`image ${text} is not a reference of the form registry/repository@sha256:…`);
  return { name: `${registry}/${repository}@${digest}`, registry, repository, digest };
}

/**
 * Where a registry's API is. Plain HTTP only for the machine itself, as Docker does; Docker Hub's API has a host of its own.
 */
export function registryUrl(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  return `${isLoopback(new URL(`http://${registry}`).hostname) ? 'http' : 'https'}://${registry}`;
}

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);
