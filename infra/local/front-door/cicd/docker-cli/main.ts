/**
 * `docker` of a local build: the part of its command line that a build of an image needs, without a daemon (README.md, "Code
 * services"). What it does not know, it refuses.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix, resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { variables } from '../../docker/containers.ts';
import { referenceOf } from '../../docker/registry-client.ts';
import { build } from './builder.ts';
import { execute } from './execute.ts';
import { manifestOf, pull, push } from './registry.ts';
import { Store, type StoredImage } from './store.ts';

const home = process.env.HOME ?? '/tmp';
const frontDoor = process.env.AWS_ENDPOINT_URL ?? '';
const cache = process.env.SLIPWAY_IMAGE_CACHE ?? join(home, 'image-cache');
const store = new Store(join(home, '.docker', 'store'));
const credentialsFile = join(home, '.docker', 'config.json');

const out = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

type Options = NonNullable<ParseArgsConfig['options']>;
const platform = { platform: { type: 'string' } } as const satisfies Options;
const quiet = { quiet: { type: 'boolean', short: 'q' } } as const satisfies Options;

function parse<Known extends Options>(args: string[], options: Known) {
  return parseArgs({ args, options, allowPositionals: true, strict: true });
}

function assertPlatform(given: string | undefined): void {
  if (given !== undefined && given !== 'linux/amd64')
    throw new Error(`platform ${given}: this stand-in builds for linux/amd64 only`);
}

/** From the store, or pulled. */
const imageOf = async (name: string): Promise<StoredImage> =>
  (await store.find(name)) ?? (await pull(name, store, cache, frontDoor));

async function stored(name: string): Promise<StoredImage> {
  const image = await store.find(name);
  if (image === undefined) throw new Error(`No such image: ${name}`);
  return image;
}

interface Credentials {
  readonly auths?: Readonly<Record<string, { readonly auth: string }>>;
}
const readCredentials = async (): Promise<Credentials> =>
  JSON.parse(await readFile(credentialsFile, 'utf8').catch(() => '{}')) as Credentials;

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  async pull(args) {
    const { values, positionals } = parse(args, { ...platform, ...quiet });
    assertPlatform(values.platform);
    const [name = ''] = positionals;
    await pull(name, store, cache, frontDoor);
    out(name);
    return 0;
  },

  async build(args) {
    const { values, positionals } = parse(args, {
      ...platform,
      ...quiet,
      tag: { type: 'string', short: 't', multiple: true },
      file: { type: 'string', short: 'f' },
      'build-arg': { type: 'string', multiple: true },
    });
    assertPlatform(values.platform);
    const context = resolve(positionals[0] ?? '.');
    const image = await build({
      context,
      dockerfile: values.file === undefined ? join(context, 'Dockerfile') : resolve(values.file),
      buildArguments: variables(values['build-arg']),
      store,
      pull: imageOf,
      say: values.quiet === true ? () => {} : say,
    });
    for (const tag of values.tag ?? []) await store.put(tag, image);
    out(manifestOf(image).digest);
    return 0;
  },

  async run(args) {
    // What follows the image is the container's command, options included.
    const valued = ['--platform', '--volume', '-v', '--workdir', '-w', '--env', '-e'];
    let at = 0;
    while (at < args.length && args[at]?.startsWith('-')) at += valued.includes(args[at] ?? '') ? 2 : 1;
    const { values } = parse(args.slice(0, at), {
      ...platform,
      rm: { type: 'boolean' },
      volume: { type: 'string', short: 'v', multiple: true },
      workdir: { type: 'string', short: 'w' },
      env: { type: 'string', short: 'e', multiple: true },
    });
    assertPlatform(values.platform);
    const image = await imageOf(args[at] ?? '');
    const entrypoint = image.config.Entrypoint ?? [];
    const given = args.slice(at + 1);
    const command = [...entrypoint, ...(given.length > 0 ? given : (image.config.Cmd ?? []))];
    return execute(command, {
      directory: mounted(values.workdir ?? image.config.WorkingDir ?? '/', values.volume ?? []),
      root: image.rootfs,
      environment: { ...variables(image.config.Env), ...variables(values.env) },
      home: join(store.directory, 'home'),
    });
  },

  async tag(args) {
    const [from = '', to = ''] = parse(args, {}).positionals;
    await store.put(to, await stored(from));
    return 0;
  },

  async login(args) {
    const { values, positionals } = parse(args, {
      username: { type: 'string', short: 'u' },
      'password-stdin': { type: 'boolean' },
    });
    const [host = ''] = positionals;
    if (values['password-stdin'] !== true) throw new Error('login: the password is taken by --password-stdin only');
    const password = (await readFile('/dev/stdin', 'utf8')).trimEnd();
    if (password === '') throw new Error('login: Password Required');
    const auth = Buffer.from(`${values.username}:${password}`).toString('base64');
    const known = await readCredentials();
    await mkdir(join(home, '.docker'), { recursive: true });
    await writeFile(credentialsFile, JSON.stringify({ auths: { ...known.auths, [host]: { auth } } }), { mode: 0o600 });
    out('Login Succeeded');
    return 0;
  },

  async push(args) {
    const [name = ''] = parse(args, quiet).positionals;
    const { host } = referenceOf(name);
    const credentials = (await readCredentials()).auths?.[host]?.auth;
    if (credentials === undefined) throw new Error(`push access denied to ${name}: no basic auth credentials`);
    say(await push(await stored(name), name, store, frontDoor, credentials));
    out(name);
    return 0;
  },
};

/** A working directory that lies in a volume, as a directory of this machine. */
function mounted(directory: string, volumes: readonly string[]): string {
  for (const volume of volumes) {
    const [here = '', there = ''] = volume.split(':');
    const below = posix.relative(there, directory);
    if (!below.startsWith('..')) return join(here, below);
  }
  throw new Error(
    `run: the working directory ${directory} lies in no volume; this stand-in runs commands in volumes only`,
  );
}

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
try {
  if (command === undefined)
    throw new Error(`'${name}' is no command of this stand-in: ${Object.keys(commands).join(', ')}`);
  process.exitCode = await command(args);
} catch (error) {
  say(`docker: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
