import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig } from '../src/config.ts';

const entry = fileURLToPath(new URL('../src/server.ts', import.meta.url));
const settings = { PORT: '0', HOST: '127.0.0.1', AWS_REGION: 'us-east-1', ENVIRONMENT: 'staging', VERSION: 'abc123' };

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}
interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly lines: readonly Line[];
  until(event: string, matches?: (line: Line) => boolean): Promise<Line>;
}

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts the service as ECS would: a process of its own, told everything by its environment. */
async function start(environment: Record<string, string> = settings): Promise<Running> {
  const child = spawn(process.execPath, [entry], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    for (const look of waiting) look();
  });
  const until = (event: string, matches: (line: Line) => boolean = () => true): Promise<Line> =>
    new Promise((resolve) => {
      const look = () => {
        const line = lines.find((candidate) => candidate.event === event && matches(candidate));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
  const listening = await until('listening');
  return { process: child, port: Number(listening.port), lines, until };
}

async function get(port: number, path: string, method = 'GET', agent?: Agent) {
  const sent = request({ host: '127.0.0.1', port, path, method, ...(agent ? { agent } : {}) });
  sent.end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

async function received(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

describe('answers', { timeout: 20_000 }, () => {
  test('/ tells service, region, environment and version', async () => {
    const { port } = await start();
    const { status, headers, body } = await get(port, '/?a=b');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    const { service, region, environment, version, host } = body;
    assert.deepEqual(
      { service, region, environment, version },
      { service: 'slipway-app', region: 'us-east-1', environment: 'staging', version: 'abc123' },
    );
    assert.notEqual(host, '');
  });

  test('/health is ok while the service runs', async () => {
    const { port } = await start();
    assert.deepEqual((await get(port, '/health')).body, { status: 'ok' });
  });

  test('another path is 404, another method 405, and HEAD has no body', async () => {
    const { port } = await start();
    const missing = await get(port, '/nothing?token=1');
    assert.deepEqual([missing.status, missing.body], [404, { error: 'not found', path: '/nothing' }]);
    const post = await get(port, '/', 'POST');
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
    const head = await get(port, '/health', 'HEAD');
    assert.deepEqual([head.status, head.body], [200, undefined]);
  });

  test('every request is one JSON line, without the query', async () => {
    const { port, until, lines } = await start();
    await get(port, '/nothing?token=secret');
    const line = await until('request');
    assert.deepEqual(
      [line.level, line.method, line.path, line.status, line.region, line.environment],
      ['info', 'GET', '/nothing', 404, 'us-east-1', 'staging'],
    );
    assert.equal(lines.filter(({ event }) => event === 'request').length, 1);
  });
});

describe('SIGTERM', { timeout: 20_000 }, () => {
  test('an idle service stops at once with status 0, its keep-alive connections closed', async () => {
    const { process: child, port } = await start();
    const agent = new Agent({ keepAlive: true });
    await get(port, '/', 'GET', agent);
    const began = performance.now();
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    assert.deepEqual([code, signal], [0, null]);
    assert.ok(performance.now() - began < 5_000);
    agent.destroy();
  });

  test('a request under way is finished, with health 503 and a closed connection, and new connections are refused', async () => {
    const { process: child, port, until } = await start();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /health HTTP/1.1\r\n');
    // The server has read the half request once it has answered one that was sent later.
    await get(port, '/');
    child.kill('SIGTERM');
    await until('draining');
    const refused = connect(port, '127.0.0.1');
    const [error] = await once(refused, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    socket.write('Host: test\r\n\r\n');
    const text = await received(socket);
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /\r\nconnection: close\r\n/i);
    assert.match(text, /\{"status":"draining"\}/);
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.equal((await until('stopped')).clean, true);
  });
});

describe('configuration', { timeout: 20_000 }, () => {
  const cases: [string, Record<string, string>, string][] = [
    ['a region is required', { ENVIRONMENT: 'staging' }, 'AWS_REGION is not set'],
    ['an environment is required', { AWS_REGION: 'us-east-1', ENVIRONMENT: ' ' }, 'ENVIRONMENT is not set'],
    ['a port is a number', { ...settings, PORT: '80a' }, 'PORT is not a port number: 80a'],
    ['a port is at most 65535', { ...settings, PORT: '65536' }, 'PORT is not a port number: 65536'],
    [
      'all problems are told at once',
      { PORT: '-1', AWS_REGION: 'r' },
      'PORT is not a port number: -1; ENVIRONMENT is not set',
    ],
  ];
  for (const [title, environment, message] of cases)
    test(title, () => assert.throws(() => readConfig(environment), new ConfigError(message)));

  test('port, host and version have defaults', () =>
    assert.deepEqual(readConfig({ AWS_REGION: 'us-east-1', ENVIRONMENT: 'production' }), {
      host: '0.0.0.0',
      port: 8080,
      region: 'us-east-1',
      environment: 'production',
      version: 'unknown',
    }));

  test('a bad configuration ends the process with status 1 and one line that says why', async () => {
    const child = spawn(process.execPath, [entry], { env: { PORT: 'x' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    const line = JSON.parse(text);
    assert.deepEqual(
      [line.level, line.event, line.message],
      ['error', 'start failed', 'PORT is not a port number: x; AWS_REGION is not set; ENVIRONMENT is not set'],
    );
  });
});
