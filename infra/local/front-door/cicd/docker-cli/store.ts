import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageConfig } from '../../docker/images.ts';

export interface StoredLayer {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly diffId: string;
  /** The image that brought it from its registry; without it the layer is a file of the store. */
  readonly from?: string;
}

export interface StoredImage {
  readonly rootfs: string;
  readonly config: ImageConfig & Readonly<Record<string, unknown>>;
  readonly layers: readonly StoredLayer[];
}

/** The images of one build, by all their names; a build starts without any. */
export class Store {
  readonly directory: string;
  constructor(directory: string) {
    this.directory = directory;
  }

  get #file(): string {
    return join(this.directory, 'images.json');
  }

  async #all(): Promise<Record<string, StoredImage>> {
    return JSON.parse(await readFile(this.#file, 'utf8').catch(() => '{}')) as Record<string, StoredImage>;
  }

  async find(name: string): Promise<StoredImage | undefined> {
    return (await this.#all())[nameOf(name)];
  }

  async put(name: string, image: StoredImage): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await writeFile(this.#file, JSON.stringify({ ...(await this.#all()), [nameOf(name)]: image }));
  }

  blob(digest: string): string {
    return join(this.directory, digest.replace(':', '-'));
  }
}

/** Without a tag, `latest` is meant. */
const nameOf = (name: string): string => (name.includes('@') || /:[^/:]+$/.test(name) ? name : `${name}:latest`);
