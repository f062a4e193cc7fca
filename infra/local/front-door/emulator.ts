import { Agent, request as httpRequest } from 'node:http';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Reply, ServiceError } from './call.ts';

/** ministack behind the front door: passes calls on, and looks things up that the front door has to know. */
export class Emulator {
  readonly endpoint: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #ec2 = new Map<string, EC2Client>();
  readonly #ecs = new Map<string, ECSClient>();
  readonly #elb = new Map<string, ElasticLoadBalancingV2Client>();

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

  ec2(region: string): EC2Client {
    return remembered(this.#ec2, region, () => new EC2Client(this.options(region)));
  }
  ecs(region: string): ECSClient {
    return remembered(this.#ecs, region, () => new ECSClient(this.options(region)));
  }
  elb(region: string): ElasticLoadBalancingV2Client {
    return remembered(this.#elb, region, () => new ElasticLoadBalancingV2Client(this.options(region)));
  }

  /** A client of any service, for a look now and then. */
  client<Client>(service: new (options: ReturnType<Emulator['options']>) => Client, region: string): Client {
    return new service(this.options(region));
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

/** The value under that key, made at first use. */
export function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
