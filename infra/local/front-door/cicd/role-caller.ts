import { ServiceError } from '../call.ts';

/** Which API a JSON call is for: the prefix of its `x-amz-target`. */
const targets = { codecommit: 'CodeCommit_20150413', codebuild: 'CodeBuild_20161006' } as const;

/**
 * How a service acts for its customer: by calls of its own to the front door, signed as the role that it was given. They are
 * recorded and authorised there like anybody's.
 */
export class RoleCaller {
  readonly #endpoint: string;
  readonly #accessKeyId: string;

  constructor(port: number, roleArn: string) {
    this.#endpoint = `http://127.0.0.1:${port}`;
    this.#accessKeyId = accessKeyOf(roleArn);
  }

  client<Client>(service: new (options: ReturnType<RoleCaller['options']>) => Client, region: string): Client {
    return new service(this.options(region));
  }

  options(region: string) {
    return {
      region,
      endpoint: this.#endpoint,
      credentials: { accessKeyId: this.#accessKeyId, secretAccessKey: 'role' },
      maxAttempts: 3,
    };
  }

  /**
   * For calls between services that no SDK offers.
   * @throws {ServiceError} the service's refusal
   */
  async json(
    service: keyof typeof targets,
    action: string,
    region: string,
    parameters: object,
  ): Promise<Record<string, unknown>> {
    const reply = await fetch(this.#endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${targets[service]}.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${this.#accessKeyId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(parameters),
    });
    const document = (await reply.json()) as Record<string, unknown>;
    if (reply.ok) return document;
    throw new ServiceError(String(document.__type), String(document.message ?? document.Message), {
      status: reply.status,
    });
  }
}

/** The access key by which the front door knows a role (routing.ts). */
export const accessKeyOf = (roleArn: string): string => `role.${roleArn.split('/').at(-1)}`;

export const consoleUrl = (service: string, region: string, path: string): string =>
  `https://${region}.console.aws.amazon.com/${service}/${path}`;
