import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { account } from '../../paths.ts';
import {
  type Call,
  type Handlers,
  type Interceptor,
  jsonOf,
  type Reply,
  ServiceError,
  structures,
  text,
  withBody,
} from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { type Caller, callerOf } from '../iam/authorizer.ts';
import { listen } from '../server.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const registryHost = (region: string): string => `${account}.dkr.ecr.${region}.amazonaws.com`;

interface Manifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/**
 * ECR's registries: a loopback port for each region, since a registry client tells regions apart by host alone, and no
 * client resolves AWS's registry names to this machine.
 */
export class Registries {
  readonly #ports = new Map<string, Promise<number>>();
  #frontDoor: Listener | undefined;
  /** Whose password it is: the registry's requests carry nothing else. */
  readonly #callers = new Map<string, Caller>();

  /** What the ports hand their requests to. */
  serveBy(frontDoor: Listener): void {
    this.#frontDoor = frontDoor;
  }

  endpoint(region: string): Promise<string> {
    let port = this.#ports.get(region);
    if (port === undefined) {
      port = listen((request, response) => this.#answer(region, request, response), 0).then(
        (listening) => listening.port,
      );
      this.#ports.set(region, port);
    }
    return port.then((number) => `http://localhost:${number}`);
  }

  /** A password for the caller, as GetAuthorizationToken hands it out. */
  passwordOf(caller: Caller): string {
    const password = Buffer.from(`AWS:${randomUUID()}`).toString('base64');
    this.#callers.set(password, caller);
    return password;
  }

  callerOf({ headers }: Pick<Call, 'headers'>): Caller | undefined {
    return this.#callers.get(/^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '');
  }

  #answer(region: string, request: IncomingMessage, response: ServerResponse): void {
    if (!/^(Basic|Bearer) ./.test(request.headers.authorization ?? '')) {
      response.writeHead(401, {
        'www-authenticate': `Basic realm="${registryHost(region)}",service="ecr.amazonaws.com"`,
        'content-type': 'application/json',
      });
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }));
      return;
    }
    request.headers.host = registryHost(region);
    this.#frontDoor?.(request, response);
  }
}

/** ECR as the workflow needs it: see README.md, "Registries". */
export function ecr(emulator: Emulator, registries: Registries): Handlers {
  const present = async (call: Call, repository: string, path: string): Promise<boolean> => {
    const headers = { host: registryHost(call.region), accept: '*/*' };
    const reply = await emulator.forward({
      method: 'HEAD',
      target: `/v2/${repository}/${path}`,
      headers,
      body: Buffer.alloc(0),
    });
    if (!Buffer.isBuffer(reply.body)) reply.body.resume();
    return reply.status === 200;
  };

  /** Digests that a manifest names and the repository does not hold. */
  async function absent(call: Call, repository: string, source: string): Promise<string[]> {
    const manifest = JSON.parse(source) as Manifest;
    const blobs = [...(manifest.config === undefined ? [] : [manifest.config]), ...(manifest.layers ?? [])].map(
      ({ digest }) => `blobs/${digest}`,
    );
    const manifests = (manifest.manifests ?? []).map(({ digest }) => `manifests/${digest}`);
    const missing: string[] = [];
    for (const path of [...blobs, ...manifests]) {
      if (!(await present(call, repository, path))) missing.push(path.slice(path.indexOf('/') + 1));
    }
    return missing;
  }

  const putImage: Interceptor = async (call, next) => {
    if (call.protocol === 'json') {
      const missing = await absent(
        call,
        text(call.parameters, 'repositoryName') ?? '',
        text(call.parameters, 'imageManifest') ?? '{}',
      );
      if (missing.length > 0) {
        throw new ServiceError(
          'LayersNotFoundException',
          `Layers with digests '${missing.join(', ')}' required for pushing image do not exist`,
        );
      }
      return next(call);
    }
    const chunks: Buffer[] = [];
    if (!Buffer.isBuffer(call.body)) for await (const chunk of call.body) chunks.push(chunk as Buffer);
    const body = Buffer.isBuffer(call.body) ? call.body : Buffer.concat(chunks);
    const repository = /^\/v2\/(.+)\/manifests\//.exec(call.target)?.[1] ?? '';
    const missing = await absent(call, repository, body.toString('utf8')).catch(() => []);
    if (missing.length === 0) return next({ ...call, body });
    return registryError(
      400,
      missing.map((digest) => ({
        code: 'MANIFEST_BLOB_UNKNOWN',
        message: 'blob unknown to registry',
        detail: { digest },
      })),
    );
  };

  return {
    'ecr:GetAuthorizationToken': async (call, next) => {
      const reply = await next(call);
      if (reply.status >= 300) return reply;
      const document = await jsonOf(reply);
      const proxyEndpoint = await registries.endpoint(call.region);
      const caller = callerOf(call);
      const own = caller === undefined ? {} : { authorizationToken: registries.passwordOf(caller) };
      for (const data of structures(document, 'authorizationData')) Object.assign(data, { proxyEndpoint, ...own });
      return withBody(reply, JSON.stringify(document));
    },
    'ecr:PutImage': putImage,
  };
}

function registryError(status: number, errors: readonly unknown[]): Reply {
  return withBody(
    { status, headers: { 'content-type': 'application/json' }, body: Buffer.alloc(0) },
    JSON.stringify({ errors }),
  );
}
