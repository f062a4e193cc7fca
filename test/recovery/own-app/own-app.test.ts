import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copiedImage } from '../../../lambdas/image/image.ts';
import { layerOf } from '../../../lambdas/image/layer.ts';
import { digestOf } from '../../../lambdas/image/reference.ts';
import { deployedCloud, type OwnCloud, run } from '../../support/own-cloud.ts';
import { type Ended, outcomeOf } from '../../support/provisioner.ts';

const regions = ['us-east-1', 'us-west-2'] as const;

/** Another server than ours: CommonJS, another health path, and it says what it was given. */
const source = `
  const { GREETING, KEY, TOKEN, HOST, PORT } = process.env;
  require('node:http')
    .createServer((request, response) => {
      response.statusCode = request.url.endsWith('/up') || request.url === '/' ? 200 : 404;
      response.end(JSON.stringify({ greeting: GREETING, key: KEY, token: TOKEN, arguments: process.argv.slice(2) }));
    })
    .listen(Number(PORT), HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

/** A registry of somebody's own that everybody may pull from, with one image: the base image's node and that server. */
async function publish(baseImage: string): Promise<{ readonly server: Server; readonly reference: string }> {
  const base = await copiedImage(baseImage);
  const layer = await layerOf([{ path: 'srv/server.cjs', bytes: Buffer.from(source) }]);
  const { config: inherited, rootfs, ...rest } = JSON.parse(Buffer.from(base.image.config.bytes).toString());
  const config = Buffer.from(
    JSON.stringify({
      ...rest,
      config: { ...inherited, Cmd: ['node', '/srv/server.cjs'], WorkingDir: '/srv' },
      rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, layer.diffId] },
    }),
  );
  const described = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: [...base.image.base, described('application/vnd.oci.image.layer.v1.tar+gzip', layer.bytes)],
    }),
  );
  const kept = new Map<string, Uint8Array>([layer.bytes, config, manifest].map((bytes) => [digestOf(bytes), bytes]));
  const server = createServer(async ({ url = '', method }, response) => {
    const digest = url.split('/').at(-1) ?? '';
    const bytes = kept.get(digest);
    const inherits = base.image.base.find((each) => each.digest === digest);
    if (bytes !== undefined)
      response
        .writeHead(200, { 'content-type': mediaType, 'docker-content-digest': digest })
        .end(method === 'HEAD' ? undefined : bytes);
    else if (inherits === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200);
      for await (const chunk of await base.source.stream(inherits)) response.write(chunk);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, reference: `127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop@${digestOf(manifest)}` };
}

let own: OwnCloud;
let registry: Server;
let refused: Ended;
let ended: Ended;
let again: Ended;

beforeAll(async () => {
  own = await deployedCloud('own-app', { ReadablePrefix: 'shop/', TaskRoles: 'arn:aws:iam::000000000000:role/app/*' });
  const { provisioner, cloud } = own;
  const { server, reference } = await publish(cloud.baseImage);
  registry = server;
  const [first] = regions;
  const { ARN: token = '' } = await provisioner
    .client(SecretsManagerClient, first)
    .send(new CreateSecretCommand({ Name: 'shop/token', SecretString: '{"value":"opensesame"}' }));
  const key = (region: string) =>
    provisioner
      .client(SSMClient, region)
      .send(new PutParameterCommand({ Name: '/shop/key', Type: 'String', Value: `key of ${region}` }));
  await key(first);
  const input = {
    deployment: 'shop',
    app: {
      image: reference,
      healthPath: '/up',
      command: ['node', '/srv/server.cjs', '--loud'],
      environment: { GREETING: 'ahoy' },
      secrets: { TOKEN: `${token}:value::`, KEY: 'arn:aws:ssm:{region}:000000000000:parameter/shop/key' },
    },
  };
  refused = await run(provisioner, 'provision', input);
  for (const region of regions.slice(1)) await key(region);
  ended = await run(provisioner, 'provision', input);
  again = await run(provisioner, 'provision', input);
}, 300_000);

afterAll(async () => {
  registry?.close();
  await own?.end();
});

test('a secret that one region lacks is refused before anything changes', () => {
  expect(refused.status).toBe('FAILED');
  expect(refused.cause).toContain(
    '$.app.secrets.KEY: arn:aws:ssm:us-west-2:000000000000:parameter/shop/key, which us-west-2 would use, does not exist',
  );
});

test('an app of one’s own runs in both regions and environments, with its command, variables and secrets', async () => {
  expect([ended, again].map(outcomeOf)).toEqual(['succeeded', 'unchanged']);
  const answers = await Promise.all(
    (ended.report?.regions ?? []).flatMap(({ region, urls }) =>
      Object.entries(urls).map(async ([environment, url]) => [region, environment, await (await fetch(url)).json()]),
    ),
  );
  expect(answers).toEqual(
    regions.flatMap((region) =>
      ['staging', 'production'].map((environment) => [
        region,
        environment,
        { greeting: 'ahoy', key: `key of ${region}`, token: 'opensesame', arguments: ['--loud'] },
      ]),
    ),
  );
});

test('only the execution role may read the secrets', async () => {
  const iam = own.provisioner.client(IAMClient);
  const policies = await Promise.all(
    ['execution', 'build', 'pipeline'].map(
      async (role) => (await iam.send(new ListRolePoliciesCommand({ RoleName: `shop-us-east-1-${role}` }))).PolicyNames,
    ),
  );
  expect(policies).toEqual([['pull-and-log', 'read-secrets'], ['build'], ['pipeline']]);
});
