import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  GitRepository,
  gitEnvironment,
  type ReferenceChange,
} from '../../../../../infra/local/front-door/cicd/git/repository.ts';
import {
  gitAction,
  gitOfBuilds,
  gitScope,
  serveGit,
} from '../../../../../infra/local/front-door/cicd/git/smart-http.ts';

let directory = '';
let repository: GitRepository;
let server: Server;
let url = '';
let pushes: ReferenceChange[][] = [];
/** Access keys that requests came with. */
const callers = new Set<string>();

const run = promisify(execFile);
const work = (): string => join(directory, 'work');
async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const { stdout } = await run('git', [...identity, ...args], { cwd: work(), env: gitEnvironment });
  return stdout.trim();
}
async function commit(file: string, content: string): Promise<string> {
  await writeFile(join(work(), file), content);
  await git('add', '.');
  await git('commit', '--quiet', '--message', `writes ${file}`);
  return git('rev-parse', 'HEAD');
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-git-'));
  repository = new GitRepository(join(directory, 'app.git'));
  await repository.create();
  pushes = [];
  callers.clear();
  server = createServer(async (request, response) => {
    const { method = '', url: target = '', headers } = request;
    callers.add(gitScope(target, headers)?.accessKey ?? '');
    const reply = await serveGit(
      { method, target, headers, body: request },
      () => repository,
      async (_name, changes) => {
        pushes.push(changes);
      },
    );
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git-codecommit.us-east-1/v1/repos/app`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

const clone = async (): Promise<void> => {
  await run('git', ['clone', '--quiet', url, work()], { env: gitEnvironment });
};

test('what is pushed can be cloned, and the first branch becomes the default one', async () => {
  await clone();
  const id = await commit('greeting.txt', 'hello');
  await git('push', '--quiet', 'origin', 'HEAD:trunk');
  expect(await repository.defaultBranch()).toBe('trunk');

  await rm(work(), { recursive: true });
  await clone();
  expect(await readFile(join(work(), 'greeting.txt'), 'utf8')).toBe('hello');
  expect(await git('rev-parse', 'HEAD')).toBe(id);
});

test('git in a build has to say whose it is; its credential helper is asked', async () => {
  await clone();
  await commit('a', '1');
  const push = (helper: string) =>
    run('git', ['-c', `credential.helper=${helper}`, 'push', '--quiet', 'origin', 'HEAD:main'], {
      cwd: work(),
      env: { ...gitEnvironment, GIT_HTTP_USER_AGENT: gitOfBuilds, GIT_TERMINAL_PROMPT: '0' },
    });
  await expect(push('')).rejects.toThrow('could not read Username');
  expect(pushes).toEqual([]);
  callers.clear();
  await push('!f() { echo username=role.mirror; echo password=signature; }; f');
  expect(pushes).toHaveLength(1);
  expect(callers).toEqual(new Set(['-', 'role.mirror']));
});

test('a push tells what it moved: created, updated, forced, deleted, branches and tags', async () => {
  await clone();
  const first = await commit('a', '1');
  await git('tag', 'v1');
  await git('push', '--quiet', 'origin', 'HEAD:main', 'v1');
  const second = await commit('a', '2');
  await git('push', '--quiet', 'origin', 'HEAD:main');
  await git('reset', '--quiet', '--hard', first);
  const other = await commit('a', '3');
  await git('push', '--quiet', '--force', 'origin', 'HEAD:main');
  await git('push', '--quiet', 'origin', ':v1');
  await git('push', '--quiet', 'origin', 'HEAD:main');

  const main = 'refs/heads/main';
  const tag = 'refs/tags/v1';
  expect(pushes).toEqual([
    [
      { reference: main, before: undefined, after: first },
      { reference: tag, before: undefined, after: first },
    ],
    [{ reference: main, before: first, after: second }],
    [{ reference: main, before: second, after: other }],
    [{ reference: tag, before: first, after: undefined }],
  ]);
});

test('a large push arrives whole, compressed or not', async () => {
  await clone();
  const content = Array.from({ length: 200_000 }, (_, index) => `line ${index}`).join('\n');
  await commit('large.txt', content);
  await git('push', '--quiet', 'origin', 'HEAD:main');
  await rm(work(), { recursive: true });
  await clone();
  expect(await readFile(join(work(), 'large.txt'), 'utf8')).toBe(content);
});

test('a commit can be made without a clone, and changes nothing twice', async () => {
  const put = (content: string, parent?: string) =>
    repository.addCommit('main', parent, [{ path: 'src/a.txt', mode: '100644', content: Buffer.from(content) }], [], {
      author: { name: 'Ada', email: 'ada@example.com' },
      message: 'first\n\nwith a body',
    });
  const made = await put('one');
  expect(await repository.branch('main')).toBe(made?.commit);
  expect(await repository.commit(made?.commit ?? '')).toMatchObject({
    tree: made?.tree,
    parents: [],
    message: 'first\n\nwith a body',
    author: { name: 'Ada', email: 'ada@example.com' },
  });
  expect(await put('one', made?.commit)).toBeUndefined();
  expect(await repository.files((await put('two', made?.commit))?.commit ?? '')).toEqual(['src/a.txt']);
});

describe('requests of git', () => {
  const path = '/git-codecommit.eu-west-1/v1/repos/app';
  const query = (text: string): URLSearchParams => new URLSearchParams(text);

  test.each([
    ['GET', `${path}/info/refs`, 'service=git-upload-pack', 'GitPull'],
    ['POST', `${path}/git-upload-pack`, '', 'GitPull'],
    ['GET', `${path}/info/refs`, 'service=git-receive-pack', 'GitPush'],
    ['POST', `${path}/git-receive-pack`, '', 'GitPush'],
    ['GET', `${path}/HEAD`, '', undefined],
    ['GET', `${path}/info/refs`, '', undefined],
    ['GET', `${path}/git-receive-pack`, '', undefined],
  ])('%s %s?%s is %s', (method, target, search, action) => {
    expect(gitAction(method, target, query(search))).toBe(action);
  });

  test('say where they go by their path, and who asks by the user name', () => {
    const authorization = `Basic ${Buffer.from('role.mirror:secret').toString('base64')}`;
    expect(gitScope(`${path}/info/refs`, { authorization })).toEqual({
      accessKey: 'role.mirror',
      region: 'eu-west-1',
      service: 'codecommit',
    });
    expect(gitScope(`${path}/info/refs`, {})?.accessKey).toBe('-');
    expect(gitScope('/v2/slipway/node', {})).toBeUndefined();
  });
});
