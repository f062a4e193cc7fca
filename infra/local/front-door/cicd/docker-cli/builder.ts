import { cp, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { variables as read } from '../../docker/containers.ts';
import type { ImageConfig } from '../../docker/images.ts';
import {
  commandOf,
  DockerfileError,
  expand,
  type Instruction,
  list,
  pairs,
  parseDockerfile,
  words,
} from './dockerfile.ts';
import { execute } from './execute.ts';
import { type Ignored, ignoring } from './ignored.ts';
import { layerOf, type Snapshot, snapshot } from './layers.ts';
import type { Store, StoredImage, StoredLayer } from './store.ts';

export interface BuildOptions {
  /** The build context. */
  readonly context: string;
  readonly dockerfile: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly pull: (name: string) => Promise<StoredImage>;
  readonly say: (line: string) => void;
}

interface BuildStage {
  readonly root: string;
  readonly layers: StoredLayer[];
  config: StoredImage['config'];
  readonly environment: Record<string, string>;
  readonly arguments: Record<string, string>;
  seen: Snapshot;
}

/** Builds the last stage of a Dockerfile. @throws {DockerfileError} at what it does not know; Error when a RUN fails */
export async function build(options: BuildOptions): Promise<StoredImage> {
  const instructions = parseDockerfile(await readFile(options.dockerfile, 'utf8'));
  const ignored = ignoring(await readFile(join(options.context, '.dockerignore'), 'utf8').catch(() => ''));
  const global: Record<string, string> = {};
  const stages = new Map<string, BuildStage>();
  let stage: BuildStage | undefined;
  let count = 0;
  for (const instruction of instructions) {
    options.say(`${instruction.keyword} ${instruction.rest}`);
    if (instruction.keyword === 'FROM') {
      const [from = '', as, name] = words(instruction.rest, global);
      if (from === '') throw new DockerfileError(instruction.line, `the base name (${instruction.rest}) is empty`);
      stage = await begin(options, stages.get(from) ?? (await options.pull(from)));
      stages.set(String(count), stage);
      if (as?.toUpperCase() === 'AS' && name !== undefined) stages.set(name, stage);
      count += 1;
    } else if (stage === undefined) {
      if (instruction.keyword !== 'ARG')
        throw new DockerfileError(instruction.line, `no build stage in current context`);
      declare(instruction, global, global, options.buildArguments, {});
    } else await obey(instruction, stage, stages, { ...options, ignored }, global);
  }
  if (stage === undefined) throw new DockerfileError(1, 'file with no instructions');
  return { rootfs: stage.root, config: stage.config, layers: stage.layers };
}

async function begin(options: BuildOptions, base: BuildStage | StoredImage): Promise<BuildStage> {
  await mkdir(options.store.directory, { recursive: true });
  const root = await mkdtemp(join(options.store.directory, 'stage-'));
  await cp('root' in base ? base.root : base.rootfs, root, { recursive: true, verbatimSymlinks: true });
  return {
    root,
    layers: [...base.layers],
    config: base.config,
    environment: read(base.config.Env),
    arguments: {},
    seen: await snapshot(root),
  };
}

/** ARG: what the caller gives wins over the default; without both the argument stays unset. */
function declare(
  { rest, line }: Instruction,
  into: Record<string, string>,
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  global: Readonly<Record<string, string>>,
): void {
  for (const word of words(rest, known)) {
    const [name = '', ...value] = word.split('=');
    if (!/^\w+$/.test(name)) throw new DockerfileError(line, `ARG ${word} has no valid name`);
    const chosen = given[name] ?? (value.length > 0 ? value.join('=') : global[name]);
    if (chosen !== undefined) into[name] = chosen;
  }
}

async function obey(
  instruction: Instruction,
  stage: BuildStage,
  stages: ReadonlyMap<string, BuildStage>,
  options: BuildOptions & { readonly ignored: Ignored },
  global: Readonly<Record<string, string>>,
): Promise<void> {
  const known = { ...stage.arguments, ...stage.environment };
  const configure = (over: Partial<ImageConfig> & Record<string, unknown>): void => {
    stage.config = { ...stage.config, ...over };
  };
  switch (instruction.keyword) {
    case 'ARG':
      return declare(instruction, stage.arguments, known, options.buildArguments, global);
    case 'ENV': {
      Object.assign(stage.environment, Object.fromEntries(pairs(instruction, known)));
      return configure({ Env: Object.entries(stage.environment).map(([name, value]) => `${name}=${value}`) });
    }
    case 'LABEL':
      return configure({
        Labels: { ...(stage.config.Labels as object | undefined), ...Object.fromEntries(pairs(instruction, known)) },
      });
    case 'WORKDIR': {
      const directory = resolve(stage.config.WorkingDir || '/', expand(instruction.rest, known));
      configure({ WorkingDir: directory });
      await mkdir(join(stage.root, directory), { recursive: true });
      return commit(stage, options.store);
    }
    case 'COPY': {
      await copy(instruction, stage, stages, options, known);
      return commit(stage, options.store);
    }
    case 'RUN': {
      await run(list(instruction.rest) ?? ['sh', '-c', instruction.rest], stage, options);
      return commit(stage, options.store);
    }
    case 'USER':
      return configure({ User: expand(instruction.rest, known) });
    case 'EXPOSE':
      return configure({
        ExposedPorts: {
          ...(stage.config.ExposedPorts as object | undefined),
          ...Object.fromEntries(words(instruction.rest, known).map((port) => [portOf(instruction, port), {}])),
        },
      });
    case 'ENTRYPOINT':
      // An inherited command was meant for the inherited entrypoint.
      return configure({ Entrypoint: commandOf(instruction), Cmd: null });
    case 'CMD':
      return configure({ Cmd: commandOf(instruction) });
    case 'FROM':
      throw new DockerfileError(instruction.line, 'FROM begins a stage');
  }
}

function portOf({ line }: Instruction, text: string): string {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw new DockerfileError(line, `EXPOSE ${text}: not a port`);
  return `${port}/${protocol.toLowerCase()}`;
}

async function commit(stage: BuildStage, store: Store): Promise<void> {
  const now = await snapshot(stage.root);
  const layer = await layerOf(stage.root, stage.seen, now);
  stage.seen = now;
  if (layer === undefined) return;
  await writeFile(store.blob(layer.digest), layer.data);
  stage.layers.push({
    digest: layer.digest,
    size: layer.data.length,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diffId: layer.diffId,
  });
}

async function copy(
  instruction: Instruction,
  stage: BuildStage,
  stages: ReadonlyMap<string, BuildStage>,
  { context, ignored }: { readonly context: string; readonly ignored: Ignored },
  known: Readonly<Record<string, string>>,
): Promise<void> {
  const { flags, rest, line } = instruction;
  const paths = list(rest)?.map((path) => expand(path, known)) ?? words(rest, known);
  const to = paths.pop();
  if (to === undefined || paths.length === 0) throw new DockerfileError(line, 'COPY requires at least two arguments');
  if (paths.length > 1 && !to.endsWith('/'))
    throw new DockerfileError(line, 'COPY of more than one source needs a directory that ends with /');
  if (flags.chown !== undefined || flags.chmod !== undefined)
    throw new DockerfileError(line, 'COPY --chown and --chmod are not known to this stand-in');
  const from = flags.from === undefined ? context : stages.get(flags.from)?.root;
  if (from === undefined) throw new DockerfileError(line, `COPY --from=${flags.from}: there is no such stage`);
  const target = join(stage.root, resolve(stage.config.WorkingDir || '/', to));
  const intoDirectory = to.endsWith('/') || to === '.';
  for (const path of paths) {
    if (/[*?[]/.test(path)) throw new DockerfileError(line, `COPY ${path}: patterns are not known to this stand-in`);
    const source = join(from, path);
    if (relative(from, source).startsWith('..'))
      throw new DockerfileError(line, `COPY failed: ${path} is outside of the build context`);
    const left = (file: string): boolean => from === context && ignored(relative(context, file));
    const status = left(source) ? undefined : await stat(source).catch(() => undefined);
    if (status === undefined) throw new Error(`COPY failed: ${path} not found`);
    // A directory's contents are copied, a file goes into or becomes the target.
    const into = status.isDirectory()
      ? target
      : intoDirectory || (await stat(target).catch(() => undefined))?.isDirectory()
        ? join(target, basename(path))
        : target;
    await cp(source, into, { recursive: true, verbatimSymlinks: true, filter: (file) => !left(file) });
  }
}

/**
 * A command of the image, run by this machine: with its shell, in the image's directory, the image's own programs first. The
 * image's absolute paths do not exist for it.
 */
async function run(command: readonly string[], stage: BuildStage, { store }: BuildOptions): Promise<void> {
  const status = await execute(command, {
    directory: join(stage.root, stage.config.WorkingDir || '/'),
    root: stage.root,
    environment: { ...stage.arguments, ...stage.environment },
    home: join(store.directory, 'home'),
  });
  if (status !== 0)
    throw new Error(
      `failed to solve: process "${command.join(' ')}" did not complete successfully: exit code: ${status}`,
    );
}
