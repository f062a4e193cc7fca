import { execFile, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from '../../../infra/local/front-door/cicd/docker-cli/builder.ts';
import { manifestOf } from '../../../infra/local/front-door/cicd/docker-cli/registry.ts';
import { Store, type StoredImage } from '../../../infra/local/front-door/cicd/docker-cli/store.ts';
import { applyLayer } from '../../../infra/local/front-door/docker/images.ts';
import { fillRoot } from '../../support/container-root.ts';

const run = promisify(execFile);

/** Without a daemon, only root may change the root of a RUN, and not in every sandbox. */
export const hasBuildah =
  process.getuid?.() === 0 &&
  spawnSync('buildah', ['--version']).status === 0 &&
  spawnSync('unshare', ['--mount', 'true']).status === 0;

export interface Wanted {
  readonly dockerfile: string;
  readonly context: string;
  readonly VERSION?: string;
}

/** What a builder made: what the image says of itself, and what it holds. */
interface Built {
  readonly config: object;
  readonly files: Readonly<Record<string, string>>;
}

const baseEnvironment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'BASE=yes'];
const baseCommand = ['sh', '-c', 'true'];

/** Of all below a directory: the mode, and what tells the content. */
function filesBelow(root: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const mode = (lstatSync(path).mode & 0o7777).toString(8);
      const content = entry.isSymbolicLink()
        ? readlinkSync(path)
        : entry.isFile()
          ? hash('sha256', readFileSync(path))
          : '';
      return [path.slice(root.length), `${mode} ${content}`];
    }),
  );
}

/** What a container is started by. Builders differ in the order of variables, and in whether they write down what is empty. */
const settings = (config: Readonly<Record<string, unknown>>) => ({
  User: config.User ?? '',
  Env: (config.Env as readonly string[] | undefined)?.toSorted(),
  Entrypoint: config.Entrypoint ?? [],
  Cmd: config.Cmd ?? [],
  WorkingDir: config.WorkingDir || '/',
  ExposedPorts: config.ExposedPorts ?? {},
  Labels: Object.fromEntries(Object.entries(config.Labels ?? {}).filter(([name]) => name !== 'io.buildah.version')),
});

/** Buildah and the local cloud's `docker`, with the same base image for both. */
export class BothBuilders {
  readonly directory: string;
  /** What Buildah keeps its images by, before its command. */
  readonly storage: readonly string[];
  /** What the base's links lead to, as Buildah's options. */
  readonly volumes: readonly string[];

  private constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'slipway-builders-'));
    this.storage = ['--root', this.at('storage'), '--runroot', this.at('run'), '--storage-driver', 'vfs'];
    this.volumes = fillRoot(this.at('base')).map((path) => `--volume=${path}:${path}:ro`);
  }

  static async start(): Promise<BothBuilders> {
    const builders = new BothBuilders();
    const container = await builders.buildah('from', 'scratch');
    await builders.buildah('copy', '--quiet', container, builders.at('base'), '/');
    const environment = baseEnvironment.map((line) => `--env=${line}`);
    await builders.buildah('config', ...environment, '--cmd', JSON.stringify(baseCommand), container);
    await builders.buildah('commit', '--quiet', '--rm', container, 'localhost/base');
    return builders;
  }

  end = (): void => rmSync(this.directory, { recursive: true, force: true });

  at = (...names: readonly string[]): string => join(this.directory, ...names);

  async buildah(...args: readonly string[]): Promise<string> {
    return (await run('buildah', [...this.storage, ...args])).stdout.trim();
  }

  /** @returns the image's id */
  buildReally({ dockerfile, context, VERSION = 'v1' }: Wanted): Promise<string> {
    return this.buildah(
      'build',
      '--quiet',
      '--isolation=chroot',
      '--timestamp=0',
      '--build-arg=BASE_IMAGE=localhost/base',
      `--build-arg=VERSION=${VERSION}`,
      ...this.volumes,
      `--file=${dockerfile}`,
      context,
    );
  }

  /** An image of Buildah's by its id or name. */
  async really(image: string): Promise<Built> {
    const container = await this.buildah('from', image);
    const { OCIv1 } = JSON.parse(await this.buildah('inspect', container));
    return { config: settings(OCIv1.config), files: filesBelow(await this.buildah('mount', container)) };
  }

  /** The local cloud's image, as whoever pulls it unpacks it. */
  async standIn({ dockerfile, context, VERSION = 'v1' }: Wanted): Promise<Built & { readonly id: string }> {
    const store = new Store(mkdtempSync(this.at('store-')));
    const base: StoredImage = {
      rootfs: this.at('base'),
      config: { Env: baseEnvironment, Cmd: baseCommand },
      layers: [],
    };
    const image = await build({
      context,
      dockerfile,
      buildArguments: { BASE_IMAGE: 'base', VERSION },
      store,
      pull: async () => base,
      say: () => {},
    });
    const root = mkdtempSync(this.at('unpacked-'));
    cpSync(base.rootfs, root, { recursive: true, verbatimSymlinks: true });
    for (const { digest } of image.layers) await applyLayer(readFileSync(store.blob(digest)), root);
    return { config: settings(image.config), files: filesBelow(root), id: manifestOf(image).digest };
  }
}
