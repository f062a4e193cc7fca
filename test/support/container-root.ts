import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a Dockerfile's RUN commonly calls. */
const commands = ['cat', 'chmod', 'cp', 'env', 'ls', 'mkdir', 'mv', 'rm', 'sh', 'touch', 'true'];

const which = (program: string): string => realpathSync(execFileSync('which', [program], { encoding: 'utf8' }).trim());

/** The libraries that the loader names for a program, and the loader. */
const librariesOf = (program: string): string[] =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map(
    ([, path = '']) => path,
  );

/**
 * Fills a directory with the root of a container, from programs of this machine: a shell, the commonest commands and libraries.
 * It needs neither a network nor a package manager. Node and npm are links: copies would be 150 MB in every layer.
 * @returns what has to be mounted at its own path for these links to lead somewhere
 */
export function fillRoot(root: string): readonly string[] {
  const npm = which('npm');
  // As in Debian; the rest is what a container runtime mounts over, and would make where it is missing.
  for (const name of ['bin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const name of ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr/local/bin'])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ['hosts', 'hostname', 'resolv.conf']) writeFileSync(join(root, 'etc', name), '');
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\n');
  symlinkSync(process.execPath, join(root, 'usr/local/bin/node'));
  symlinkSync(npm, join(root, 'usr/local/bin/npm'));

  const programs = commands.map(which);
  for (const [index, program] of programs.entries()) cpSync(program, join(root, 'usr/bin', commands[index] ?? ''));
  for (const library of new Set([...programs, process.execPath].flatMap(librariesOf))) {
    mkdirSync(dirname(join(root, library)), { recursive: true });
    cpSync(realpathSync(library), join(root, library));
  }
  const linked = dirname(dirname(npm));
  mkdirSync(join(root, linked), { recursive: true });
  mkdirSync(join(root, dirname(process.execPath)), { recursive: true });
  writeFileSync(join(root, process.execPath), '');
  return [process.execPath, linked];
}
