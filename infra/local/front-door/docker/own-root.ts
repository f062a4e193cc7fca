import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary } from '../../paths.ts';

/** Enters the root with this machine's devices and processes, and becomes the program, which is searched along the image's PATH. */
const script = `
root=$0 directory=$1 enter=$(command -v unshare) PATH_INSIDE=$2; shift 2
for name in dev proc; do mkdir -p "$root/$name" && mount --rbind "/$name" "$root/$name"; done
export PATH="$PATH_INSIDE"; unset PATH_INSIDE
exec "$enter" --root="$root" --wd="$directory" -- "$@"`;

const ways = [['--mount'], ['--mount', '--map-root-user']] as const;

/** How mounts of one's own are made: as root, or in a user namespace. Undefined where this machine allows neither. */
let tried: { readonly flags: (typeof ways)[number] | undefined } | undefined;
function namespacesHere(): (typeof ways)[number] | undefined {
  tried ??= { flags: ways.find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0) };
  return tried.flags;
}

/** An image on the local base image: its Node is a link to this machine's, which leads nowhere in a root of its own. */
function isOnLocalBase(rootfs: string): boolean {
  try {
    return readlinkSync(join(rootfs, 'usr/local/bin/node')) === nodeBinary();
  } catch {
    return false;
  }
}

/** The command line that runs a command with the image as its root; undefined where that can't be. */
export function inOwnRoot(
  rootfs: string,
  directory: string,
  path: string,
  command: readonly string[],
): readonly [program: string, ...args: string[]] | undefined {
  const flags = isOnLocalBase(rootfs) ? undefined : namespacesHere();
  return flags && ['unshare', ...flags, 'sh', '-c', script, rootfs, directory, path, ...command];
}
