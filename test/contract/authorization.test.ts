import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { authorizationsOf, type Call, callOf, evaluate, type Living, type Role } from '@slipway/local-cloud';
import { permissionsOf } from '../../infra/permissions.ts';
import { ownershipTags } from '../../lambdas/aws/ownership.ts';
import type { Permission } from '../../lambdas/resources/resource.ts';
import { stages } from '../../workflow/stages.ts';
import { awsService } from '../support/aws-services.ts';
import { type RecordedRequest, recordRequests } from '../support/recorded-requests.ts';
import { regionConfig, secondaryConfig } from '../support/region-config.ts';

const account = '000000000000';
const boundary = `arn:aws:iam::${account}:policy/slipway-platform-boundary`;

interface Http {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly body?: string | Uint8Array;
}

/** What the front door makes of a request that the SDK has written. */
async function onTheWire({ client, operation, input }: RecordedRequest, region: string): Promise<Call> {
  const sdk = (await import(`@aws-sdk/${awsService('client', client).package}`)) as Readonly<
    Record<string, new (options: object) => { send(command: object): Promise<unknown> }>
  >;
  const [Client, Command] = [sdk[client], sdk[`${operation}Command`]];
  if (Client === undefined || Command === undefined) throw new Error(`the SDK has no ${client} or ${operation}`);
  let call: Promise<Call> | undefined;
  const handle = async ({ method, path, headers, query = {}, body }: Http): Promise<never> => {
    const asked = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, value ?? '']),
    );
    const url = `${path}?${asked}`;
    const request = Object.assign(
      Readable.from(body === undefined ? [] : [typeof body === 'string' ? Buffer.from(body) : body]),
      {
        method,
        url,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        socket: {},
      },
    );
    call = callOf(request as unknown as IncomingMessage, new URL(url, 'http://front-door'));
    throw new Error('sent');
  };
  const options = {
    region,
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'lambda.any', secretAccessKey: 'any' },
    maxAttempts: 1,
    requestHandler: { handle, destroy: () => {}, updateHttpClientConfig: () => {}, httpHandlerConfigs: () => ({}) },
  };
  // Of this account, as everything on the local cloud.
  const ours = JSON.parse(JSON.stringify(input).replaceAll('123456789012', account)) as object;
  await new Client(options).send(new Command(ours)).catch((error: Error) => {
    if (error.message !== 'sent') throw error;
  });
  if (call === undefined) throw new Error(`${operation} was not sent`);
  return call;
}

const statementOf = (permission: Permission): object => {
  const { actions, resources, conditions } =
    typeof permission === 'string' ? { actions: [permission], resources: ['*'], conditions: undefined } : permission;
  const filled = JSON.stringify({
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(conditions === undefined ? {} : { Condition: conditions }),
  });
  return JSON.parse(
    filled
      .replaceAll('{partition}', 'aws')
      .replaceAll('{account}', account)
      .replaceAll('{permissionsBoundaryArn}', boundary),
  ) as object;
};

const roleOf = (permissions: readonly Permission[]): Role => ({
  name: 'a-stage',
  arn: `arn:aws:iam::${account}:role/a-stage`,
  trust: {},
  policies: { own: { Version: '2012-10-17', Statement: permissions.map(statementOf) } },
  tags: {},
});

/** Everything that is asked about stands, with the boundary. */
const living: Living = {
  role: async (name) => ({
    ...roleOf([]),
    name,
    arn: `arn:aws:iam::${account}:role/slipway/${name}`,
    boundary: { arn: boundary, document: {} },
  }),
  forgetRoles: () => undefined,
  associated: async () => ['rtb-0123456789abcdef0'],
  partitionKey: async () => 'pk',
  machineOf: async () => undefined,
  scalableTarget: async () => undefined,
  // What the engine gives to everything that can carry tags.
  tagsOf: async () => ({ ...ownershipTags(regionConfig(), 'vpc', 'main') }),
};

const makers = stages.filter((stage) => 'kinds' in stage);

/** What IAM denies of what the kinds send, by the permissions of the stage that makes them. */
async function denied(requests: readonly RecordedRequest[], region: string): Promise<readonly string[]> {
  const problems = new Set<string>();
  for (const request of requests) {
    const [kind] = request.by.split(/[/:]/);
    const stage = makers.find(({ kinds }) => kinds.some((each) => each === kind));
    if (stage === undefined) throw new Error(`no stage makes ${kind}`);
    const role = roleOf(permissionsOf(stage.kinds, 'read', 'write'));
    for (const asked of await authorizationsOf(await onTheWire(request, region), living)) {
      const { allowed } = await evaluate(role, asked, region, living);
      if (!allowed) problems.add(`${stage.name}: ${asked.action} on ${asked.resource}, for ${request.operation}`);
    }
  }
  return [...problems];
}

describe.each([
  ['the primary region', regionConfig({ account, permissionsBoundaryArn: boundary })],
  ['another region', secondaryConfig({ account, permissionsBoundaryArn: boundary })],
])('%s: by AWS’s service authorization data', (_, config) => {
  let requests: readonly RecordedRequest[];
  beforeAll(async () => {
    requests = await recordRequests(config);
    // Resources that somebody renamed: the names that we give are all that a policy allows.
    requests = requests.filter(({ input }) => !/-altered/.test(JSON.stringify(input)));
  });

  test('a stage may do whatever its kinds send to AWS', async () => {
    expect(requests.length).toBeGreaterThan(200);
    expect(await denied(requests, config.region)).toEqual([]);
  }, 120_000);
});
