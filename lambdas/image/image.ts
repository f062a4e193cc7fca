import { ResourceFailedError } from '../errors.ts';
import { appDirectory, appFiles } from './app-files.ts';
import {
  type BuiltImage,
  buildImage,
  checkPlatform,
  contentTag,
  type ImageConfig,
  type Index,
  type Manifest,
  manifestFor,
  type PushableImage,
} from './build-image.ts';
import { layerOf } from './layer.ts';
import { type Descriptor, isDigest, parseReference, registryUrl } from './reference.ts';
import { type ManifestAnswer, openRepository, type Repository } from './registry.ts';

/** What a region's configuration says about the image. */
export interface PlannedImage {
  /** The base's reference in full, with its digest. */
  readonly base: string;
  readonly digest: string;
  readonly tag: string;
}

/** The digest and tag of the finished image. Reads the base's manifest and configuration, no layer; pushes nothing. */
export async function planImage(baseReference: string, directory = appDirectory): Promise<PlannedImage> {
  const base = parseReference(baseReference);
  const { image } = await composeImage(base.name, directory);
  return { base: base.name, digest: image.digest, tag: image.tag };
}

/** The finished image, and the repository that its base layers come from. */
export async function composeImage(
  baseReference: string,
  directory = appDirectory,
): Promise<{ readonly image: BuiltImage; readonly source: Repository }> {
  const { name, source, manifest, config } = await readImage(baseReference);
  const layer = await layerOf(await appFiles(directory));
  return { image: buildImage(name, { manifest, config: read<ImageConfig>(config) }, layer), source };
}

/** Digest and tag of an image that is copied as it stands: of its one manifest for the platform. */
export async function planCopy(imageReference: string): Promise<Pick<PlannedImage, 'digest' | 'tag'>> {
  const { image } = await copiedImage(imageReference);
  return { digest: image.digest, tag: image.tag };
}

/**
 * An image as it stands in its registry, and where its layers come from.
 * @throws {ResourceFailedError} if the registry doesn't give it to everybody, or it is for another platform
 */
export async function copiedImage(
  imageReference: string,
): Promise<{ readonly image: PushableImage; readonly source: Repository }> {
  const { name, source, answer, manifest, config } = await readImage(imageReference);
  checkPlatform(name, read<ImageConfig>(config));
  const { digest, bytes } = answer;
  const mediaType = manifest.mediaType ?? answer.mediaType;
  return {
    image: {
      digest,
      tag: contentTag(digest),
      manifest: { mediaType, bytes },
      config: { ...manifest.config, bytes: config },
      base: manifest.layers,
    },
    source,
  };
}

/** The platform's manifest of an image, and its configuration. */
async function readImage(imageReference: string) {
  const reference = parseReference(imageReference);
  const source = openRepository(registryUrl(reference.registry), reference.repository);
  let answer = await source.manifest(reference.digest);
  if (mediaTypeOf(answer, reference.name) === 'index')
    answer = await source.manifest(manifestFor(read<Index>(answer.bytes), reference.name).digest);
  if (mediaTypeOf(answer, reference.name) === 'index')
    throw new ResourceFailedError(`image ${reference.name} is an index of indexes`);
  const manifest = read<Manifest>(answer.bytes);
  for (const { digest } of [manifest.config, ...manifest.layers])
    if (!isDigest(digest)) throw new ResourceFailedError(`image ${reference.name} names a blob ${digest}`);
  return { name: reference.name, source, answer, manifest, config: await source.document(manifest.config) };
}

/**
 * Pushes what the target lacks and puts the manifest under every tag, in that order. Safe to repeat at any point: blobs
 * are found by their digest, and a tag that is right already is left alone (an immutable one may not be put twice).
 */
export async function pushImage(
  image: PushableImage,
  source: Repository,
  target: Repository,
  tags: readonly string[],
): Promise<void> {
  if ((await target.manifestDigest(image.digest)) === undefined) {
    // One after the other: a base has one layer that outweighs the rest, and memory and sockets stay bounded.
    for (const layer of image.base) await target.pushBlob(layer, () => source.stream(layer));
    for (const made of [...(image.app === undefined ? [] : [image.app]), image.config])
      await target.pushBlob(made, async () => made.bytes);
  }
  for (const tag of tags)
    if ((await target.manifestDigest(tag)) !== image.digest)
      await target.putManifest(tag, image.manifest.mediaType, image.manifest.bytes);

  const there = await target.manifestDigest(image.digest);
  if (there !== image.digest)
    throw new ResourceFailedError(`image ${image.digest} is not in the registry after it was pushed`);
}

/** Of the document itself where it says so: a registry's header is only a hint. */
function mediaTypeOf(answer: ManifestAnswer, name: string): 'index' | 'manifest' {
  const document = read<Partial<Manifest & Index> & Partial<Descriptor>>(answer.bytes);
  if (Array.isArray(document.manifests)) return 'index';
  if (document.config !== undefined && Array.isArray(document.layers)) return 'manifest';
  throw new ResourceFailedError(
    `image ${name} is neither an OCI image nor a Docker schema 2 one: ${document.mediaType ?? answer.mediaType}`,
  );
}

/** JSON that its digest has vouched for. */
const read = <Document>(bytes: Uint8Array): Document => JSON.parse(Buffer.from(bytes).toString('utf8')) as Document;
