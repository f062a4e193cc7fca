import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { down, type LocalCloud, up } from '@slipway/local-cloud';
import { deployToLocalCloud, localParameters } from '../../infra/cli/deploy.ts';
import { timings } from '../../infra/cli/target.ts';
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
  await ask(
    cloud,
    'ssm',
    { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.PutParameter' },
    {
      Name: '/cdk-bootstrap/hnb659fds/version',
      Value: '30',
      Type: 'String',
    },
  );
  const stack = (action: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> =>
    ask(
      cloud,
      'cloudformation',
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({ Action: action, Version: '2010-05-15', StackName: 'slipway', ...parameters }),
    );
  const given = Object.entries(localParameters(cloud, parameters)).flatMap(([name, value], index) => [
    [`Parameters.member.${index + 1}.ParameterKey`, name],
    [`Parameters.member.${index + 1}.ParameterValue`, value],
  ]);
  await stack('CreateStack', {
    TemplateURL: `https://s3.amazonaws.com/${Bucket}/slipway.json`,
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
    ...Object.fromEntries(given),
  });
  await waitFor(
    'the stack',
    async () => {
      const status = /<StackStatus>([^<]*)</.exec(await stack('DescribeStacks'))?.[1] ?? '';
      if (/FAILED|ROLLBACK/.test(status)) {
        const reasons = (await stack('DescribeStackEvents')).matchAll(/<ResourceStatusReason>([^<]+)</g);
        throw new Error(`the stack is ${status}: ${[...reasons].map(([, reason]) => reason).join('; ')}`);
      }
      return status === 'CREATE_COMPLETE';
    },
    { within: 60_000 },
  );
}

/** One call without an SDK client: the project has none for these services. */
async function ask(
  cloud: LocalCloud,
  service: string,
  headers: Readonly<Record<string, string>>,
  body: URLSearchParams | object,
): Promise<string> {
  const scope = `Credential=test/20260101/us-east-1/${service}/aws4_request`;
  const reply = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: { ...headers, authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: body instanceof URLSearchParams ? body.toString() : JSON.stringify(body),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${service} answered ${reply.status}: ${text.slice(0, 500)}`);
  return text;
}
