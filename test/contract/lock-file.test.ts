import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};

/** Whether a package is locked where the one at `path` would look for it: in its own node_modules, or further up. */
function isLocked(path: string, name: string): boolean {
  const folders = path.split('/node_modules/');
  return folders.some((_, depth) => {
    const folder = folders.slice(0, folders.length - depth).join('/node_modules/');
    return packages[`${folder}/node_modules/${name}`] !== undefined || packages[`node_modules/${name}`] !== undefined;
  });
}

describe('package-lock.json', () => {
  // `npm install` leaves out a package for another system that its registry does not have, and `npm ci` refuses a lock
  // file without it. Such an entry needs version, os, cpu (libc on Linux) and `optional`; it is never downloaded here.
  test('names the packages for every operating system, so that npm ci takes it on a fresh clone', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path} → ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
