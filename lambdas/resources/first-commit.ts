import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { PutFileEntry } from '@aws-sdk/client-codecommit';

/** What an empty repository starts with, beside the handler in its bundle (infra/bundles.ts). */
const sourceDirectory = join(process.env.LAMBDA_TASK_ROOT ?? 'infra', 'first-commit');

/** Every file of the directory. CreateCommit takes 100 at most. */
export async function firstFiles(directory = sourceDirectory): Promise<PutFileEntry[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => ({
      filePath: relative(directory, path).split(sep).join('/'),
      fileContent: await readFile(path),
    })),
  );
}
