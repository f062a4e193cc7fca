import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { down, type LocalCloud, up } from '@slipway/local-cloud';
import { readStack, stands } from '../../infra/cli/deploy/stack.ts';
import { deployToLocalCloud, localParameters } from '../../infra/cli/deploy.ts';
import { timings } from '../../infra/cli/target.ts';
import { prefix } from '../../workflow/machines.ts';
import { emulatorDirectory } from './emulator-directory.ts';
import { endOnSignals } from './end-on-signals.ts';
import type { Provisioner } from './provisioner.ts';
import { waitFor } from './wait-for.ts';

const home = join(import.meta.dirname, '../../.slipway');

/** The assembly with its zipped bundles, as CDK left it after a deployment. */
const kept = join(home, 'test-assembly');

/**
 * Deploys the provisioner once by CDK and keeps the assembly, for the clouds that are deployed by `deployKept`. It is also
 * jest's globalSetup of the project `recovery`.
 */
export default async function keepAssembly(): Promise<void> {
  await mkdir(home, { recursive: true });
  endOnSignals(ownClouds);
  const directory = await mkdtemp(join(home, 'assembly-'));
  try {
    await deployToLocalCloud(await up({ directory, timings, port: 0, clockScale: 0.01 }), () => {});
    await cp(join(directory, 'cdk.out'), join(directory, 'kept'), { recursive: true });
    await rm(kept, { recursive: true, force: true });
    await rename(join(directory, 'kept'), kept);
  } finally {
    await down(directory);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Directories of the clouds that test files have for themselves. */
const ownClouds = (): readonly string[] =>
  globSync('{test-*,assembly-*,bench/**}/local-cloud.json', { cwd: home })
    .map((file) => join(home, dirname(file)))
    .filter((directory) => directory !== emulatorDirectory);

interface Assets {
  readonly files: Readonly<
    Record<string, { source: { path: string; packaging: string }; destinations: Record<string, { objectKey: string }> }>
  >;
}

/**
 * Deploys the provisioner with the kept assembly: through CloudFormation alone, 2 s instead of 12. It does what `cdk
 * bootstrap` and `cdk deploy` would do, of which the template needs a bucket and a parameter.
 */
export async function deployKept(
  cloud: LocalCloud,
  provisioner: Provisioner,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const account = cloud.env.CDK_DEFAULT_ACCOUNT ?? '';
  const Bucket = `cdk-hnb659fds-assets-${account}-us-east-1`;
  const s3 = provisioner.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { files } = JSON.parse(await readFile(join(kept, 'Slipway.assets.json'), 'utf8')) as Assets;
  for (const [hash, { source, destinations }] of Object.entries(files)) {
    const path = source.packaging === 'zip' ? join(kept, '.cache', `${hash}.zip`) : join(kept, source.path);
    const Key = Object.values(destinations)[0]?.objectKey;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }));
  }
  const template = await readFile(join(kept, 'Slipway.template.json'));
  // It is longer than a request may be.
  await s3.send(new PutObjectCommand({ Bucket, Key: 'slipway.json', Body: template }));
  await provisioner
    .client(SSMClient)
    .send(new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }));
  const cloudFormation = provisioner.client(CloudFormationClient);
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: prefix,
      TemplateURL: `https://s3.amazonaws.com/${Bucket}/slipway.json`,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(localParameters(cloud, parameters)).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  await waitFor(
    'the stack',
    async () => {
      const stack = await readStack(provisioner.target.home);
      if (/FAILED|ROLLBACK/.test(stack?.StackStatus ?? '')) {
        const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: prefix }));
        const reasons = StackEvents.flatMap(({ ResourceStatusReason }) => ResourceStatusReason ?? []);
        throw new Error(`the stack is ${stack?.StackStatus}: ${reasons.join('; ')}`);
      }
      return stack !== undefined && stands(stack);
    },
    { within: 60_000 },
  );
}
