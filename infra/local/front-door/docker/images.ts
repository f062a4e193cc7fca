import { createWriteStream, existsSync } from 'node:fs';
import { chmod, link, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { remembered } from '../memo.ts';
import { type Reference, type RegistryClient, RegistryError, referenceOf } from './registry-client.ts';

export interface ImageConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly WorkingDir?: string;
}

/** An image whose layers are unpacked. */
export interface Image {
  /** Digest of the platform's manifest. */
  readonly digest: string;
  readonly rootfs: string;
  readonly config: ImageConfig;
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType?: string;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Pulled images, unpacked once a digest below the given directory. */
export class Images {
  readonly #directory: string;
  readonly #registry: RegistryClient;
  /** By every name under which an image was pulled or tagged. */
  readonly #named = new Map<string, Image>();
  readonly #unpacking = new Map<string, Promise<Image>>();

  constructor(directory: string, registry: RegistryClient) {
    this.#directory = directory;
    this.#registry = registry;
  }

  find(name: string): Image | undefined {
    return this.#named.get(name) ?? [...this.#named.values()].find((image) => image.digest === name);
  }

  tag(name: string, image: Image): void {
    this.#named.set(name, image);
  }

  async resolve(name: string): Promise<{ digest: string; type: string; size: number }> {
    const { digest, type, data } = await this.#registry.manifest(referenceOf(name));
    return { digest, type, size: data.length };
  }

  /** Pulls the image for that architecture; a name pinned by digest is pulled once. */
  async pull(name: string, architecture: string): Promise<Image> {
    const known = this.#named.get(name);
    if (known !== undefined && name.includes('@')) return known;
    const reference = referenceOf(name);
    const { digest, manifest } = await this.#manifestFor(reference, architecture);
    const image = await remembered(this.#unpacking, digest, () => this.#unpack(reference, digest, manifest));
    this.#named.set(name, image);
    return image;
  }

  async #manifestFor(reference: Reference, architecture: string): Promise<{ digest: string; manifest: Manifest }> {
    const { data, digest } = await this.#registry.manifest(reference);
    const document = JSON.parse(data.toString('utf8')) as Manifest;
    if (document.manifests === undefined) return { digest, manifest: document };
    const chosen = document.manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
    );
    if (chosen === undefined) {
      throw new RegistryError(404, `no matching manifest for linux/${architecture} in the manifest list entries`);
    }
    return this.#manifestFor({ ...reference, version: chosen.digest }, architecture);
  }

  async #unpack(reference: Reference, digest: string, manifest: Manifest): Promise<Image> {
    const directory = join(this.#directory, digest.replace(':', '-'));
    const rootfs = join(directory, 'rootfs');
    const configFile = join(directory, 'config.json');
    if (!existsSync(configFile)) {
      const draft = `${directory}.${process.pid}`;
      await rm(draft, { recursive: true, force: true });
      await mkdir(join(draft, 'rootfs'), { recursive: true });
      for (const layer of manifest.layers) {
        await applyLayer(await this.#registry.blob(reference, layer.digest), join(draft, 'rootfs'));
      }
      const config = await this.#registry.blob(reference, manifest.config.digest);
      await writeFile(join(draft, 'config.json'), config);
      await rm(directory, { recursive: true, force: true });
      await rename(draft, directory);
    }
    const { config = {} } = JSON.parse(await readFile(configFile, 'utf8')) as { config?: ImageConfig };
    return { digest, rootfs, config };
  }
}

/** A path inside the root; entries that would leave it are refused. */
function inside(root: string, name: string): string {
  const path = normalize(join(root, name));
  if (path !== normalize(root) && !path.startsWith(normalize(root) + sep))
    throw new Error(`layer entry ${name} leaves the root`);
  return path;
}

/** Unpacks one layer over the ones before it; `.wh.` entries remove what those brought (OCI image spec, "Whiteouts"). */
export async function applyLayer(data: Buffer, root: string): Promise<void> {
  const tar = extract();
  const gzipped = data[0] === 0x1f && data[1] === 0x8b;
  const source = Readable.from([data]);
  /** Set last: a directory that nobody may write to is filled first. */
  const directories: (readonly [path: string, mode: number])[] = [];
  const fed = gzipped ? pipeline(source, createGunzip(), tar) : pipeline(source, tar);
  const applied = (async () => {
    for await (const entry of tar) {
      const { name, type, mode, linkname } = entry.header;
      const path = inside(root, name);
      const base = path.slice(path.lastIndexOf(sep) + 1);
      if (base === '.wh..wh..opq') {
        await rm(dirname(path), { recursive: true, force: true });
        await mkdir(dirname(path), { recursive: true });
      } else if (base.startsWith('.wh.')) {
        await rm(join(dirname(path), base.slice('.wh.'.length)), { recursive: true, force: true });
      } else if (type === 'directory') {
        await mkdir(path, { recursive: true });
        if (mode !== undefined) directories.push([path, mode]);
      } else {
        await mkdir(dirname(path), { recursive: true });
        await rm(path, { recursive: true, force: true });
        if (type === 'symlink') await symlink(linkname ?? '', path);
        else if (type === 'link') await link(inside(root, linkname ?? ''), path);
        else if (type === 'file') {
          await pipeline(entry, createWriteStream(path));
          // Whatever the umask of this process.
          await chmod(path, mode ?? 0o644);
        }
      }
      entry.resume();
    }
    // The owner can always write: the next layer and whoever removes the image have to.
    for (const [path, mode] of directories) await chmod(path, mode | 0o700);
  })();
  await Promise.all([fed, applied]);
}
