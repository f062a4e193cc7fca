import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathsOf } from '../../paths.ts';
import type { Clock } from '../clock.ts';
import type { Emulator } from '../emulator.ts';
import type { HeldPort, Route } from '../server.ts';
import { Container, type ContainerRequest } from './containers.ts';
import { Images } from './images.ts';
import { RegistryClient, RegistryError, referenceOf, regionOf } from './registry-client.ts';

/** One entry of `GET /_slipway/tasks`. */
export interface TaskProcess {
  readonly taskArn: string | undefined;
  readonly image: string;
  readonly digest: string;
  readonly pid: number | undefined;
  readonly address: string;
  readonly port: number;
  readonly region: string | undefined;
  readonly command: readonly string[];
  readonly started: string | undefined;
}

interface DaemonOptions {
  readonly door: HeldPort;
  /** Distinguishes the addresses of several local clouds on one machine. */
  readonly frontDoorPort: number;
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly directory: string;
  readonly log: (line: string) => void;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: () => Promise<string>;
  readonly response: ServerResponse;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Fargate's tasks of this project run on linux/amd64; the local base image's binary is this machine's own. */
const defaultArchitecture = 'amd64';

/**
 * Stands in for the Docker daemon: the part of the Engine API (1.44) that ministack's ECS uses. A container is a process started from
 * the image's unpacked files.
 */
export async function startDaemon(options: DaemonOptions): Promise<{ tasksRoute: Route; stop(): void }> {
  const { images: imagesDirectory } = pathsOf(options.directory);
  await mkdir(imagesDirectory, { recursive: true });
  const images = new Images(imagesDirectory, new RegistryClient(options.emulator));
  const containers = new Map<string, Container>();

  const nextAddress = (() => {
    let last = 0;
    const network = `127.${options.frontDoorPort >> 8}.${options.frontDoorPort & 255}`;
    return () => {
      for (let tries = 0; tries < 254; tries += 1) {
        last = (last % 254) + 1;
        const address = `${network}.${last}`;
        if (
          ![...containers.values()].some((container) => container.status !== 'exited' && container.address === address)
        )
          return address;
      }
      throw new Refusal(500, 'no address is left: 254 tasks run already');
    };
  })();

  const findContainer = (key: string): Container => {
    const found =
      containers.get(key) ??
      [...containers.values()].find(
        (container) => container.name === key || (key.length >= 12 && container.id.startsWith(key)),
      );
    if (found === undefined) throw new Refusal(404, `No such container: ${key}`);
    return found;
  };

  async function answer({ method, path, query, body, response }: Exchange): Promise<void> {
    const send = (document: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
    };
    const done = (status = 204): void => {
      response.writeHead(status).end();
    };

    if (path === '/_ping') return void response.writeHead(200, { 'api-version': '1.44' }).end('OK');
    if (path === '/version')
      return send({
        Version: 'slipway',
        ApiVersion: '1.44',
        MinAPIVersion: '1.24',
        Os: 'linux',
        Arch: defaultArchitecture,
      });
    if (path === '/info') return send({ ServerVersion: 'slipway', OSType: 'linux' });

    if (path === '/images/create') {
      const [name, version] = [query.get('fromImage') ?? '', query.get('tag') ?? 'latest'];
      const image = version.startsWith('sha256:') ? `${name}@${version}` : `${name}:${version}`;
      const architecture = query.get('platform')?.split('/')[1] ?? defaultArchitecture;
      const { digest } = await images.pull(image, architecture);
      // Most of a task's start on Fargate.
      await sleep(options.clock.milliseconds(options.clock.durations.taskRunning));
      return send({ status: `Digest: ${digest}` });
    }
    const [, distributed] = /^\/distribution\/(.+)\/json$/.exec(path) ?? [];
    if (distributed !== undefined) {
      const { digest, type, size } = await images.resolve(distributed);
      return send({
        Descriptor: { mediaType: type, digest, size },
        Platforms: [{ architecture: defaultArchitecture, os: 'linux' }],
      });
    }
    const [, imageName, imageVerb] = /^\/images\/(.+)\/(json|tag)$/.exec(path) ?? [];
    if (imageName !== undefined) {
      const image = images.find(imageName);
      if (image === undefined) throw new Refusal(404, `No such image: ${imageName}`);
      if (imageVerb === 'json') return send({ Id: image.digest, RepoTags: [imageName], Config: image.config });
      images.tag(`${query.get('repo')}:${query.get('tag') ?? 'latest'}`, image);
      return done(201);
    }

    if (path === '/containers/json') {
      const { label = [] } = JSON.parse(query.get('filters') ?? '{}') as { label?: string[] };
      const wanted = label.map((entry) => entry.split('='));
      const all = ['1', 'true', 'True'].includes(query.get('all') ?? '');
      const found = [...containers.values()].filter(
        (container) =>
          (all || container.status === 'running') &&
          wanted.every(
            ([name = '', value]) =>
              name in container.labels && (value === undefined || container.labels[name] === value),
          ),
      );
      return send(
        found.map((container) => ({
          Id: container.id,
          Names: [`/${container.name}`],
          Image: container.request.Image,
          Labels: container.labels,
          State: container.status,
          Status: container.status,
        })),
      );
    }
    if (path === '/containers/create') {
      const request = JSON.parse(await body()) as ContainerRequest;
      const image = images.find(request.Image);
      if (image === undefined) throw new Refusal(404, `No such image: ${request.Image}`);
      const container = new Container(query.get('name') ?? '', request, image, nextAddress());
      containers.set(container.id, container);
      return send({ Id: container.id, Warnings: [] }, 201);
    }
    const [, key = '', verb = ''] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const container = findContainer(decodeURIComponent(key));
    if (method === 'DELETE') {
      await container.stop(0);
      containers.delete(container.id);
      return done();
    }
    switch (verb) {
      case 'start':
        container.start();
        return done();
      case 'json':
        return send(inspect(container));
      case 'stop':
        await container.stop(Number(query.get('t') ?? 10));
        return done();
      case 'kill':
        container.signal((query.get('signal') as NodeJS.Signals | null) ?? 'SIGKILL');
        return done();
      case 'wait':
        await container.ended();
        return send({ StatusCode: container.exitCode });
      case 'logs':
        return follow(container, query, response);
      default:
        throw new Refusal(404, `the stand-in for the Docker daemon has no ${method} ${path}`);
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://docker');
    const exchange: Exchange = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname.replace(/^\/v\d+\.\d+/, '')),
      query: url.searchParams,
      response,
      body: async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString('utf8');
      },
    };
    answer(exchange).catch((error: unknown) => {
      const status = error instanceof Refusal || error instanceof RegistryError ? error.status : 500;
      if (status >= 500) options.log(`docker ${exchange.method} ${exchange.path}: ${String(error)}`);
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }));
    });
  };
  options.door.serve(listener);

  return {
    tasksRoute: (_request, response, url) => {
      if (url.pathname !== '/_slipway/tasks') return false;
      const running = [...containers.values()].filter((container) => container.status === 'running');
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(running.map(taskOf)));
      return true;
    },
    stop: () => {
      for (const container of containers.values()) container.signal('SIGKILL');
    },
  };
}

function inspect(container: Container): unknown {
  return {
    Id: container.id,
    Name: `/${container.name}`,
    Created: container.created,
    Image: container.image.digest,
    State: {
      Status: container.status,
      Running: container.status === 'running',
      ExitCode: container.exitCode,
      Pid: container.pid ?? 0,
      StartedAt: container.started ?? '',
      FinishedAt: container.finished ?? '',
    },
    // Without Tty docker-py expects framed logs; with it unset they fail silently.
    Config: { Image: container.request.Image, Labels: container.labels, Env: container.request.Env ?? [], Tty: false },
    HostConfig: { LogConfig: { Type: 'json-file', Config: {} } },
    NetworkSettings: {
      IPAddress: container.address,
      Networks: { bridge: { IPAddress: container.address } },
      Ports: {},
    },
  };
}

function follow(container: Container, query: URLSearchParams, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' });
  const tail = Number(query.get('tail') ?? Number.NaN);
  for (const entry of Number.isNaN(tail) ? container.logs : container.logs.slice(-tail)) response.write(entry);
  if (!['1', 'true', 'True'].includes(query.get('follow') ?? '') || container.status !== 'running') {
    response.end();
    return;
  }
  const forward = (entry: Buffer): void => {
    response.write(entry);
  };
  container.on('log', forward);
  container.once('exit', () => response.end());
  response.once('close', () => container.off('log', forward));
}

function taskOf(container: Container): TaskProcess {
  const { config } = container.image;
  return {
    taskArn: container.labels['com.amazonaws.ecs.task-arn'],
    image: container.request.Image,
    digest: container.image.digest,
    pid: container.pid,
    address: container.address,
    port: Number(container.request.Env?.find((line) => line.startsWith('PORT='))?.slice('PORT='.length) ?? 8080),
    region: regionOf(referenceOf(container.request.Image).host),
    command: [...(config.Entrypoint ?? []), ...(container.request.Cmd ?? config.Cmd ?? [])],
    started: container.started,
  };
}
