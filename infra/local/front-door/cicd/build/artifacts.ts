import { glob, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import type { Buildspec } from './buildspec.ts';

/** @throws {Error} when a pattern matches no file, as CodeBuild fails then */
export async function zipArtifacts(directory: string, artifacts: NonNullable<Buildspec['artifacts']>): Promise<Buffer> {
  const base = join(directory, artifacts['base-directory']);
  const files: Zippable = {};
  for (const pattern of artifacts.files) {
    let matched = 0;
    for await (const path of glob(pattern, { cwd: base })) {
      if (!(await stat(join(base, path))).isFile()) continue;
      matched += 1;
      files[artifacts['discard-paths'] === 'yes' ? basename(path) : path] = await readFile(join(base, path));
    }
    if (matched === 0) throw new Error(`no matching artifact paths found: ${pattern}`);
  }
  return Buffer.from(zipSync(files));
}

/** What the files that the patterns name hold; none where there are none. */
export async function textsOf(directory: string, patterns: readonly string[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const path of glob([...patterns], { cwd: directory }))
    texts.push(await readFile(join(directory, path), 'utf8'));
  return texts;
}

export async function unzip(archive: Buffer, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, data] of Object.entries(unzipSync(archive))) {
    const path = normalize(join(directory, name));
    if (!path.startsWith(directory + sep)) throw new Error(`${name} leaves the archive`);
    if (name.endsWith('/')) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, data);
  }
}
