import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, describe, expect, test } from '@jest/globals';
import { authorizations } from '../../support/grants.ts';
import { deployedCloud, type OwnCloud, run } from '../../support/own-cloud.ts';
import { publish } from '../../support/own-registry.ts';
import { outcomeOf } from '../../support/provisioner.ts';
import { PushedSource } from '../../support/pushed-source.ts';
import { story } from '../../support/story.ts';
import { waitFor } from '../../support/wait-for.ts';
import { folder, serverOf } from './app.ts';

const regions = ['us-east-1', 'us-west-2'] as const;
/** A customer's. */
const keyArn = 'arn:aws:kms:us-east-1:000000000000:key/01234567-89ab-cdef-0123-456789abcdef';

let own: OwnCloud;
let registry: Server;
let source: PushedSource;
let input: Readonly<Record<'deployment' | 'alarms' | 'app', unknown>>;

const putKey = (region: string) =>
  own.provisioner
    .client(SSMClient, region)
    .send(new PutParameterCommand({ Name: '/shop/key', Type: 'String', Value: `key of ${region}` }));

const step = story(600_000);

const refusing = step('a run that lacks a secret in one region', async () => {
  own = await deployedCloud('own-app', { ReadablePrefix: 'shop/', TaskRoles: 'arn:aws:iam::000000000000:role/app/*' });
  const { provisioner, cloud } = own;
  const { server, reference } = await publish(cloud.baseImage, serverOf('image'));
  registry = server;
  const [first] = regions;
  const { ARN: token = '' } = await provisioner
    .client(SecretsManagerClient, first)
    .send(new CreateSecretCommand({ Name: 'shop/token', SecretString: '{"value":"opensesame"}', KmsKeyId: keyArn }));
  await putKey(first);
  input = {
    deployment: 'shop',
    alarms: { emails: ['alarms@example.com'] },
    app: {
      image: reference,
      healthPath: '/up',
      command: ['node', '/srv/server.cjs', '--loud'],
      environment: { GREETING: 'ahoy' },
      secrets: { TOKEN: `${token}:value::`, KEY: 'arn:aws:ssm:{region}:000000000000:parameter/shop/key' },
    },
  };
  return run(provisioner, 'provision', input);
});

const provisioning = step('two runs that have every secret', async () => {
  for (const region of regions.slice(1)) await putKey(region);
  const ended = await run(own.provisioner, 'provision', input);
  const again = await run(own.provisioner, 'provision', input);
  // What the app answers then, by region and environment; the pushes change it.
  const answers = await Promise.all(
    (ended.report?.regions ?? []).flatMap(({ region, urls }) =>
      Object.entries(urls).map(async ([environment, url]) => [region, environment, await (await fetch(url)).json()]),
    ),
  );
  source = await PushedSource.clone(own.provisioner, 'shop');
  return { ended, again, answers };
});

afterAll(async () => {
  registry?.close();
  await source?.remove();
  await own?.end();
});

const urlOf = async (region: string, environment: 'staging' | 'production'): Promise<string> =>
  (await provisioning.done()).ended.report?.regions.find((each) => each.region === region)?.urls[environment] ?? '';
interface Answer {
  readonly version: string;
  readonly greeting: string;
}
const answer = async (region: string, environment: 'staging' | 'production'): Promise<string> => {
  const { version, greeting } = (await (await fetch(await urlOf(region, environment))).json()) as Answer;
  return `${version} ${greeting}`;
};
const answers = (environment: 'staging' | 'production') =>
  Promise.all(regions.map((region) => answer(region, environment)));

/** The mail on the alarms topic that names a commit, in lines. */
const alarmOf = (commit: string): Promise<readonly string[]> =>
  waitFor(
    `the mail about ${commit}`,
    async () =>
      (await own.provisioner.mails())
        .find(({ topicArn, message }) => topicArn.endsWith(':shop-alarms') && message.includes(commit))
        ?.message.split('\n'),
    { within: 60_000 },
  );

/** Asks production in every region again and again. Ended, it says what came that was no answer. */
function keepAsking(): () => Promise<readonly string[]> {
  const bad: string[] = [];
  let ended = false;
  const asking = regions.map(async (region) => {
    while (!ended) {
      const answered = await fetch(await urlOf(region, 'production')).catch(String);
      if (typeof answered === 'string') bad.push(answered);
      else if (!answered.ok) bad.push(`${region}: ${answered.status}`);
      await sleep(50);
    }
  });
  return async () => {
    ended = true;
    await Promise.all(asking);
    return bad;
  };
}

/** Revisions of production. */
const revisions = () =>
  Promise.all(
    regions.map(async (region) => {
      const query = new DescribeServicesCommand({ cluster: 'shop-cluster', services: ['production'] });
      return (await own.provisioner.client(ECSClient, region).send(query)).services?.[0]?.taskDefinition;
    }),
  );

describe('an app of one’s own', () => {
  const refused = refusing.result();
  const provisioned = provisioning.result();

  test('a secret that one region lacks is refused before anything changes', () => {
    expect(refused().status).toBe('FAILED');
    expect(refused().cause).toContain(
      '$.app.secrets.KEY: arn:aws:ssm:us-west-2:000000000000:parameter/shop/key, which us-west-2 would use, does not exist',
    );
  });

  test('runs in both regions and environments, with its command, variables and secrets', () => {
    expect([provisioned().ended, provisioned().again].map(outcomeOf)).toEqual(['succeeded', 'unchanged']);
    expect(provisioned().answers).toEqual(
      regions.flatMap((region) =>
        ['staging', 'production'].map((environment) => [
          region,
          environment,
          { version: 'image', greeting: 'ahoy', key: `key of ${region}`, token: 'opensesame', arguments: ['--loud'] },
        ]),
      ),
    );
  });

  test("only the execution role may read the secrets, and use the customer's key of one", async () => {
    const iam = own.provisioner.client(IAMClient);
    const policies = await Promise.all(
      ['execution', 'build', 'pipeline'].map(
        async (role) =>
          (await iam.send(new ListRolePoliciesCommand({ RoleName: `shop-us-east-1-${role}` }))).PolicyNames,
      ),
    );
    expect(policies).toEqual([['pull-and-log', 'read-secrets'], ['build'], ['pipeline']]);
    const decryptions = (await authorizations(own.provisioner)).filter(({ action }) => action === 'kms:Decrypt');
    expect(new Set(decryptions.map(({ by, resource }) => `${by}: ${resource}`))).toEqual(
      new Set([`read-secrets DecryptSecrets: ${keyArn}`]),
    );
  });

  test('what is pushed goes to production everywhere, in order; what fails is mailed, and nobody notices', async () => {
    const endAsking = keepAsking();
    await source.git('push', '--quiet', 'origin', 'HEAD:refs/heads/other', 'HEAD:refs/tags/v1', 'HEAD:refs/tags/v2');
    await source.git('rm', '-r', '--quiet', 'app');
    const broken = await source.push('its tests fail', folder('broken', { tests: 'exit 3' }));
    const sick = await source.push(
      'it does not start',
      folder('sick', { first: "if (KEY.endsWith('us-west-2')) process.exit(1);" }),
    );
    const good = await source.push('it is good', folder('good'));
    await source.git(
      'push',
      '--quiet',
      '--force',
      'origin',
      'HEAD:refs/heads/other',
      'HEAD:refs/tags/v1',
      ':refs/tags/v2',
    );

    expect(await source.end(broken)).toBe('Failed');
    expect(await alarmOf(broken)).toEqual(
      expect.arrayContaining([
        `Commit: ${broken} its tests fail`,
        'Phase:  BUILD',
        expect.stringMatching(/^Log: .*shop-build/),
      ]),
    );
    expect(await source.end(sick)).toBe('Failed');
    expect(await alarmOf(sick)).toEqual(
      expect.arrayContaining([
        'DeployStaging failed in us-west-2.',
        expect.stringMatching(/^us-west-2: failed: .*circuit breaker/),
        'us-east-1: succeeded',
      ]),
    );

    // A run changes the service while the pipeline waits, and the release comes in between.
    const approve = await source.question(good);
    expect(await answers('staging')).toEqual(['good ahoy', 'good ahoy']);
    expect(await answers('production')).toEqual(['image ahoy', 'image ahoy']);
    const before = await revisions();
    const changing = run(own.provisioner, 'provision', {
      ...input,
      app: { ...(input.app as object), environment: { GREETING: 'hello' } },
    });
    await waitFor(
      'production to be changed by the run',
      async () => (await revisions()).every((revision, index) => revision !== before[index]),
      { within: 240_000 },
    );
    await approve();
    expect([await source.end(good), outcomeOf(await changing)]).toEqual(['Succeeded', 'succeeded']);
    for (const environment of ['staging', 'production'] as const)
      expect(await answers(environment)).toEqual(['good hello', 'good hello']);
    expect(await endAsking()).toEqual([]);

    const released = (await source.executions()).flatMap(
      ({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId ?? [],
    );
    expect(released).toEqual([good, sick, broken]);
    const refs = await source.refs('us-east-1');
    expect(refs.split('\n').map((line) => line.split('\t')[1])).toEqual([
      'refs/heads/main',
      'refs/heads/other',
      'refs/tags/v1',
    ]);
    await waitFor('the replica to have what the source has', async () => (await source.refs('us-west-2')) === refs, {
      within: 60_000,
    });
  }, 600_000);
});
