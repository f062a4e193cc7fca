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

describe('node_modules', () => {
  type Packages = Readonly<Record<string, object>>;
  const one = { version: '1.0.0', integrity: 'sha512-a' };
  const wanted = { 'node_modules/one': one, 'node_modules/other-system': { version: '1.0.0', optional: true } };
  const full = { ...wanted, 'node_modules/one': { ...one } };

  test.each<[string, Packages, boolean]>([
    ['everything', full, true],
    ['everything but what is for another system', { 'node_modules/one': one }, true],
    ['nothing', {}, false],
    ['another version', { ...full, 'node_modules/one': { ...one, version: '1.0.1' } }, false],
    ['other contents of the same version', { ...full, 'node_modules/one': { ...one, integrity: 'sha512-b' } }, false],
    ['another version for another system', { ...full, 'node_modules/other-system': { version: '0.9.0' } }, false],
    ['a package that is no longer locked', { ...full, 'node_modules/old': one }, false],
  ])('with %s is what the lock file says, or not', async (_, present, expected) => {
    // Plain JavaScript without types, for the machine's own Node.
    const { isInstalled } = (await import(String(new URL('../../infra/cli/prepare.mjs', import.meta.url)))) as {
      isInstalled: (wanted: Packages, present: Packages) => boolean;
    };
    expect(isInstalled(wanted, present)).toBe(expected);
  });
});
