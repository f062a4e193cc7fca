import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { ResourceFailedError } from '../errors.ts';
import type { AppFile } from './layer.ts';

/** Where the bundle has `app/package.json` and `app/src`: beside the handler on Lambda. */
export const appDirectory = join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), 'app');

/** The files that belong in the image. Tests, Dockerfile and lock file don't, should the bundle contain them. */
const shipped = /^(package\.json$|src\/)/;

/** The app's files as they stand in the image, under `app/`. */
export async function appFiles(directory: string): Promise<AppFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => shipped.test(path));
  if (!paths.includes('src/server.ts'))
    throw new ResourceFailedError(`no app in ${directory}: src/server.ts is missing, so the image would not start`);
  return Promise.all(
    paths.sort().map(async (path) => ({ path: posix.join('app', path), bytes: await readFile(join(directory, path)) })),
  );
}
