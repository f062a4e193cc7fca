import { Agent, request as httpRequest } from 'node:http';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Reply, ServiceError } from './call.ts';
import { remembered } from './memo.ts';

/** ministack behind the front door: passes calls on, and looks things up that the front door has to know. */
export class Emulator {
  readonly endpoint: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients = new Map<string, unknown>();

  constructor(port: number) {
    this.#port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  forward(call: Pick<Call, 'method' | 'target' | 'headers' | 'body'>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = { ...call.headers };
      if (Buffer.isBuffer(call.body)) {
        headers['content-length'] = String(call.body.length);
        delete headers['transfer-encoding'];
      }
      const upstream = httpRequest(
        { host: '127.0.0.1', port: this.#port, method: call.method, path: call.target, headers, agent: this.#agent },
        (incoming) => {
          const { connection: _connection, 'keep-alive': _keepAlive, ...kept } = incoming.headers;
          resolve({ status: incoming.statusCode ?? 502, headers: kept, body: incoming });
        },
      );
      upstream.on('error', (error) =>
        reject(
          new ServiceError('ServiceUnavailable', `the emulator does not answer: ${error.message}`, { status: 503 }),
        ),
      );
      if (Buffer.isBuffer(call.body)) upstream.end(call.body);
      else call.body.pipe(upstream);
    });
  }

  /** What ministack knows and AWS's API would tell in many calls (ministack/patches/lookups.py); undefined where it does not. */
  async lookUp(kind: 'roles' | 'tokens' | 'targets', name: string): Promise<unknown> {
    const reply = await fetch(`${this.endpoint}/_slipway/${kind}/${encodeURIComponent(name)}`);
    return reply.ok ? reply.json() : undefined;
  }

  ec2(region: string): EC2Client {
    return this.client(EC2Client, region);
  }
  ecs(region: string): ECSClient {
    return this.client(ECSClient, region);
  }
  elb(region: string): ElasticLoadBalancingV2Client {
    return this.client(ElasticLoadBalancingV2Client, region);
  }

  /** A client of any service, one a region. */
  client<Client>(service: new (options: ReturnType<Emulator['options']>) => Client, region: string): Client {
    return remembered(this.#clients, `${service.name} ${region}`, () => new service(this.options(region))) as Client;
  }

  options(region: string) {
    return {
      region,
      endpoint: this.endpoint,
      credentials: { accessKeyId: 'front-door', secretAccessKey: 'test' },
      maxAttempts: 2,
    };
  }
}
