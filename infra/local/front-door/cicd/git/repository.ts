import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Neither the machine's nor the person's configuration has a say in what a hosted repository does. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export interface Author {
  readonly name: string;
  readonly email: string;
}

export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** Date: epoch seconds and time zone, as git writes them. */
  readonly author: Author & { readonly date: string };
  readonly committer: Author & { readonly date: string };
}

export interface FileToPut {
  readonly path: string;
  readonly mode: '100644' | '100755' | '120000';
  readonly content: Buffer;
}

/** A branch or tag that moved. */
export interface ReferenceChange {
  readonly reference: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A bare git repository on disk. Its writers take turns, so that comparing the references before and after shows what moved. */
export class GitRepository {
  readonly directory: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.directory = directory;
  }

  async create(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.directory], { env: gitEnvironment });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Runs a change on its own and returns which references it moved. */
  changing(change: () => Promise<void>): Promise<ReferenceChange[]> {
    const turn = this.#turn.then(async () => {
      const before = await this.references();
      await change();
      const after = await this.references();
      await this.#keepDefaultBranch(after);
      return [...new Set([...before.keys(), ...after.keys()])].flatMap((reference) => {
        const moved = { reference, before: before.get(reference), after: after.get(reference) };
        return moved.before === moved.after ? [] : [moved];
      });
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** CodeCommit takes the first branch that is pushed for the default one. */
  async #keepDefaultBranch(references: ReadonlyMap<string, string>): Promise<void> {
    const [only, ...others] = [...references.keys()].filter((reference) => reference.startsWith('refs/heads/'));
    if (only !== undefined && others.length === 0) await this.#git(['symbolic-ref', 'HEAD', only]);
  }

  /** Branches and tags, and what they point at. */
  async references(): Promise<Map<string, string>> {
    const listing = await this.#git(['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags']);
    return new Map(lines(listing).map((line) => line.split(' ', 2) as [string, string]));
  }

  async branch(name: string): Promise<string | undefined> {
    return (await this.references()).get(`refs/heads/${name}`);
  }

  async defaultBranch(): Promise<string | undefined> {
    const name = (await this.#git(['symbolic-ref', '--short', 'HEAD'])).toString('utf8').trim();
    return (await this.branch(name)) === undefined ? undefined : name;
  }

  async commit(id: string): Promise<Commit | undefined> {
    const format = ['%H', '%T', '%P', '%an', '%ae', '%ad', '%cn', '%ce', '%cd', '%B'].join('%x00');
    const shown = await this.#git(['show', '--no-patch', '--date=raw', `--format=${format}`, `${id}^{commit}`]).catch(
      () => undefined,
    );
    if (shown === undefined) return undefined;
    const [hash = '', tree = '', parents = '', ...rest] = shown.toString('utf8').split('\0');
    const [authorName = '', authorEmail = '', authorDate = '', name = '', email = '', date = '', message = ''] = rest;
    return {
      id: hash,
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      message: message.trimEnd(),
      author: { name: authorName, email: authorEmail, date: authorDate },
      committer: { name, email, date },
    };
  }

  /** The files of a commit, as the source action of a pipeline hands them on. */
  archive(commit: string): Promise<Buffer> {
    return this.#git(['archive', '--format=zip', commit]);
  }

  /** Adds a commit to a branch without a working tree; undefined when it would change nothing. */
  async addCommit(
    branch: string,
    parent: string | undefined,
    files: readonly FileToPut[],
    deleted: readonly string[],
    { author, message }: { author: Author; message: string },
  ): Promise<{ commit: string; tree: string } | undefined> {
    const draft = await mkdtemp(join(this.directory, 'draft-'));
    const index = join(draft, 'index');
    const env = {
      GIT_INDEX_FILE: index,
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
    };
    try {
      if (parent !== undefined) await this.#git(['read-tree', parent], { env });
      if (files.length > 0) {
        const written = await Promise.all(
          files.map(async ({ content }, at) => {
            const path = join(draft, String(at));
            await writeFile(path, content);
            return path;
          }),
        );
        const hash = ['hash-object', '-w', '--no-filters', '--stdin-paths'];
        const blobs = lines(await this.#git(hash, { input: Buffer.from(written.join('\n')) }));
        const entries = files.map(({ path, mode }, at) => `${mode} ${blobs[at]}\t${path}\0`);
        await this.#git(['update-index', '-z', '--index-info'], { env, input: Buffer.from(entries.join('')) });
      }
      if (deleted.length > 0) await this.#git(['update-index', '--force-remove', '--', ...deleted], { env });
      const tree = text(await this.#git(['write-tree'], { env }));
      if (parent !== undefined && (await this.commit(parent))?.tree === tree) return undefined;
      const parents = parent === undefined ? [] : ['-p', parent];
      const commit = text(await this.#git(['commit-tree', ...parents, tree], { env, input: Buffer.from(message) }));
      await this.#git(['update-ref', `refs/heads/${branch}`, commit, parent ?? '0'.repeat(40)]);
      return { commit, tree };
    } finally {
      await rm(draft, { recursive: true });
    }
  }

  async files(commit: string): Promise<string[]> {
    return lines(await this.#git(['ls-tree', '-r', '--name-only', commit]));
  }

  async #git(
    args: readonly string[],
    { env = {}, input }: { env?: Readonly<Record<string, string>>; input?: Buffer } = {},
  ): Promise<Buffer> {
    const running = run('git', ['--git-dir', this.directory, ...args], {
      env: { ...gitEnvironment, ...env },
      encoding: 'buffer',
      maxBuffer: 512 * 1024 * 1024,
    });
    running.child.stdin?.on('error', () => {});
    running.child.stdin?.end(input);
    return (await running).stdout;
  }
}

const text = (output: Buffer): string => output.toString('utf8').trim();
const lines = (output: Buffer): string[] =>
  output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
