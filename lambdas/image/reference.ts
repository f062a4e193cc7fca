import { createHash } from 'node:crypto';
import { BlockList } from 'node:net';
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
 * Reads `registry/repository@sha256:…`. A tag beside the digest is allowed and ignored, as everywhere.
 * @throws {InputError} without a digest: a tag moves, and the plan computes the finished image's digest before the push
 */
export function parseReference(text: string): ImageReference {
  const [, digest, ...rest] = text.split('@');
  if (digest === undefined)
    throw new InputError(`image ${text} is not pinned: write registry/repository@sha256:… instead of a tag`);
  if (rest.length > 0 || !isDigest(digest))
    throw new InputError(`image ${text} has no valid digest: sha256: and 64 lower-case hex digits follow the @`);
  const { registry, repository } = parseName(text);
  return { name: `${registry}/${repository}@${digest}`, registry, repository, digest };
}

/**
 * Reads `registry/repository:tag`, up to a digest; without a tag, `latest`. Short names mean Docker Hub, as everywhere.
 * @throws {InputError} for what is no such name, and for a registry that is on no public host
 */
export function parseName(text: string): Pick<ImageReference, 'registry' | 'repository'> & { readonly tag: string } {
  const [named = ''] = text.split('@');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  // Docker's rule: what comes before the first slash is a registry only if it looks like a host.
  const isHost = first === 'localhost' || /[.:]/.test(first);
  const registry = !isHost || first === 'index.docker.io' ? 'docker.io' : first;
  const [, path = '', tag = 'latest'] =
    /^(.*?)(?::(\w[\w.-]{0,127}))?$/.exec(isHost ? named.slice(slash + 1) : named) ?? [];
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  if (!hostPattern.test(registry) || !repositoryPattern.test(repository))
    throw new InputError(`image ${text} is not a reference of the form registry/repository:tag or …@sha256:…`);
  // As it is asked: of an address there are many spellings (2852039166 is 169.254.169.254).
  const url = registryUrl(registry);
  if (!URL.canParse(url)) throw new InputError(`image ${text} names ${registry}, which is not a host and port`);
  const { hostname } = new URL(url);
  if (!isLoopback(hostname) && !isPublic(hostname))
    throw new InputError(
      `image ${text} is on ${hostname}, which is not a public host: name a registry on the internet`,
    );
  return { registry, repository, tag };
}

/**
 * Where a registry's API is. Plain HTTP only for the machine itself, as Docker does; Docker Hub's API has a host of its own.
 */
export function registryUrl(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  const plain = `http://${registry}`;
  return URL.canParse(plain) && isLoopback(new URL(plain).hostname) ? plain : `https://${registry}`;
}

/** Addresses that are never on the internet (IANA's registries of special-purpose addresses). */
const notPublic = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local: where AWS answers with metadata and credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  notPublic.addSubnet(network, bits, 'ipv4');
notPublic.addSubnet('::', 127, 'ipv6');
// AWS's metadata answers at fd00:ec2::254 as well.
notPublic.addSubnet('fc00::', 7, 'ipv6');
notPublic.addSubnet('fe80::', 10, 'ipv6');

/** Whether a URL's host can be on the internet. Of a name's address, the certificate that TLS wants has to say so. */
function isPublic(hostname: string): boolean {
  if (hostname.startsWith('[')) return !notPublic.check(hostname.slice(1, -1), 'ipv6');
  if (/^[\d.]+$/.test(hostname)) return !notPublic.check(hostname, 'ipv4');
  // Names with a dot, and not below those that are reserved for private networks.
  return /\.(?!(?:internal|local|localhost)\.?$)[^.]+\.?$/.test(hostname);
}

/**
 * Whether a registry may send its client on to there. It may be anybody's, and must not reach by way of the client what
 * only the client can.
 */
export const maySendTo = (from: URL, to: URL): boolean =>
  isLoopback(to.hostname) ? isLoopback(from.hostname) : to.protocol === 'https:' && isPublic(to.hostname);

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);
