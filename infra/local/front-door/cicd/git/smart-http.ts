import { spawn } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Call, type Reply, ServiceError } from '../../call.ts';
import { type GitRepository, gitEnvironment } from './repository.ts';

/** The path of CodeCommit's git endpoint of a region: AWS tells regions apart by host, which nobody resolves to here. */
const endpoint = /^\/git-codecommit\.([a-z0-9-]+)\/v1\/repos\/([\w.-]+)\/(.+)$/;

export const cloneUrl = (port: number, region: string, repository: string): string =>
  `http://localhost:${port}/git-codecommit.${region}/v1/repos/${repository}`;

/** By it the endpoint knows git in a build, which has to say whose it is; people need no credentials. */
export const gitOfBuilds = 'git/codebuild';

interface GitRequest {
  readonly repository: string;
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  /** Asks what there is, before anything is sent. */
  readonly advertise: boolean;
}

function gitRequestOf(method: string, path: string, query: URLSearchParams): GitRequest | undefined {
  const [, , repository, what] = endpoint.exec(path) ?? [];
  const service = what === 'info/refs' ? query.get('service') : what;
  if (repository === undefined || (service !== 'git-upload-pack' && service !== 'git-receive-pack')) return undefined;
  const advertise = what === 'info/refs';
  return method === (advertise ? 'GET' : 'POST') ? { repository, service, advertise } : undefined;
}

/** What CloudTrail calls a request of git. */
export function gitAction(method: string, path: string, query: URLSearchParams): 'GitPull' | 'GitPush' | undefined {
  const request = gitRequestOf(method, path, query);
  if (request === undefined) return undefined;
  return request.service === 'git-upload-pack' ? 'GitPull' : 'GitPush';
}

/** A request of git has no signature: the region is in its path, and the user's name, if there is one, is the access key. */
export function gitScope(
  path: string,
  headers: IncomingHttpHeaders,
): { accessKey: string; region: string; service: string } | undefined {
  const region = endpoint.exec(path)?.[1];
  if (region === undefined) return undefined;
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  const [user = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { accessKey: user || '-', region, service: 'codecommit' };
}

/** Answers git's smart HTTP protocol (git help http-protocol) by git itself. */
export async function serveGit(
  call: Pick<Call, 'method' | 'target' | 'headers' | 'body'>,
  find: (name: string) => GitRepository,
  pushed: (name: string, changes: Awaited<ReturnType<GitRepository['changing']>>) => Promise<void>,
): Promise<Reply> {
  const url = new URL(call.target, 'http://front-door');
  const request = gitRequestOf(call.method, url.pathname, url.searchParams);
  if (request === undefined) throw new ServiceError('InvalidRequest', `${call.method} ${call.target} is not git's`);
  if (call.headers['user-agent'] === gitOfBuilds && call.headers.authorization === undefined)
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="CodeCommit"' }, body: Buffer.alloc(0) };
  const { service, advertise } = request;
  const repository = find(request.repository);
  const input = Buffer.isBuffer(call.body) ? Readable.from([call.body]) : call.body;
  const sent = call.headers['content-encoding'] === 'gzip' ? input.pipe(createGunzip()) : input;
  const protocol = call.headers['git-protocol'];
  const answer = (): Promise<Buffer> =>
    run(service, repository, advertise ? undefined : sent, typeof protocol === 'string' ? protocol : undefined);

  let body = Buffer.alloc(0);
  if (service === 'git-receive-pack' && !advertise) {
    const changes = await repository.changing(async () => {
      body = Buffer.from(await answer());
    });
    await pushed(request.repository, changes);
  } else body = Buffer.from(await answer());
  return {
    status: 200,
    headers: {
      'content-type': `application/x-${service}-${advertise ? 'advertisement' : 'result'}`,
      'cache-control': 'no-cache',
    },
    body: advertise ? Buffer.concat([Buffer.from(`${packet(`# service=${service}\n`)}0000`), body]) : body,
  };
}

/** A line of git's protocol: its length, with these four digits, in hexadecimal. */
const packet = (line: string): string => (line.length + 4).toString(16).padStart(4, '0') + line;

async function run(
  service: string,
  repository: GitRepository,
  input: Readable | undefined,
  protocol: string | undefined,
): Promise<Buffer> {
  const child = spawn(
    'git',
    [
      service.slice('git-'.length),
      '--stateless-rpc',
      ...(input === undefined ? ['--advertise-refs'] : []),
      repository.directory,
    ],
    {
      env: { ...gitEnvironment, ...(protocol === undefined ? {} : { GIT_PROTOCOL: protocol }) },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const chunks: Buffer[] = [];
  const problems: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => chunks.push(data));
  child.stderr.on('data', (data: Buffer) => problems.push(data));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  if (input === undefined) child.stdin.end();
  // git may have heard enough before all was sent.
  else pipeline(input, child.stdin).catch(() => {});
  const status = await ended;
  if (status !== 0 && chunks.length === 0)
    throw new ServiceError('InternalFailure', `${service}: ${Buffer.concat(problems).toString('utf8').trim()}`, {
      status: 500,
    });
  return Buffer.concat(chunks);
}
