import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { down, type FaultPlan, type FaultStatus, type LocalCloud, up } from '@slipway/local-cloud';
import { deployToLocalCloud, localParameters } from '../../infra/cli/deploy.ts';
import { Provisioner } from '../support/provisioner.ts';
import { waitFor } from '../support/wait-for.ts';

const projectRoot = join(import.meta.dirname, '../..');

/** Clouds for measurements live here, one directory each. */
const benchDirectory = join(projectRoot, '.slipway', 'bench');

/** What fails stays so until it is started again here, and every step is told. */
const parameters = { MaxReruns: '0', ProgressMails: 'steps' };

export interface FreshCloud {
  readonly cloud: LocalCloud;
  readonly provisioner: Provisioner;
  setFaults(plan: FaultPlan): Promise<void>;
  /** Ends every fault and lets go what is held. */
  clearFaults(): Promise<void>;
  faults(): Promise<FaultStatus>;
  end(): Promise<void>;
}

/**
 * Clouds one after another, each empty but for the deployed provisioner. The first is deployed by CDK; the later ones
 * get the same template through CloudFormation alone, with the bundles as CDK zipped them: 2 s instead of 12.
 */
export class CloudFactory {
  readonly #directory: string;
  readonly #clockScale: number;
  readonly #started = new Set<string>();
  #forgotten = false;
  #assembly: Promise<{ readonly deployedTo: string }> | undefined;

  constructor(name: string, clockScale: number) {
    this.#directory = join(benchDirectory, name);
    this.#clockScale = clockScale;
  }

  /** Whether no further cloud is started. */
  get forgotten(): boolean {
    return this.#forgotten;
  }

  /** Does the work on a fresh cloud, which ends with it. */
  async on<Answer>(name: string, work: (fresh: FreshCloud) => Promise<Answer>): Promise<Answer> {
    const fresh = await this.#start(name);
    try {
      return await work(fresh);
    } finally {
      await fresh.end();
    }
  }

  async #start(name: string): Promise<FreshCloud> {
    if (this.#forgotten) throw new Error('no cloud is started any more');
    const directory = join(this.#directory, name);
    await down(directory);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    this.#started.add(directory);
    const cloud = await up({ directory, port: 0, clockScale: this.#clockScale });
    try {
      if (this.#forgotten) throw new Error('no cloud is started any more');
      this.#assembly ??= this.#deployWithCdk(cloud);
      const { deployedTo } = await this.#assembly;
      const provisioner = new Provisioner(cloud);
      if (deployedTo !== directory) await deployTemplate(cloud, provisioner, join(this.#directory, 'cdk.out'));
      return freshCloud(cloud, provisioner);
    } catch (error) {
      await down(directory);
      throw error;
    }
  }

  /** Ends the clouds that still run, and removes what is kept for later ones. */
  async forget(): Promise<void> {
    this.#forgotten = true;
    for (const directory of this.#started) await down(directory);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Leaves the assembly, with the zipped bundles, for the later ones. */
  async #deployWithCdk(cloud: LocalCloud): Promise<{ readonly deployedTo: string }> {
    await deployToLocalCloud(cloud, () => {}, parameters);
    const kept = join(this.#directory, 'cdk.out');
    await rm(kept, { recursive: true, force: true });
    await cp(join(cloud.directory, 'cdk.out'), kept, { recursive: true });
    return { deployedTo: cloud.directory };
  }
}

function freshCloud(cloud: LocalCloud, provisioner: Provisioner): FreshCloud {
  const ask = async (method: string, plan?: FaultPlan): Promise<FaultStatus> => {
    const reply = await fetch(`${cloud.endpoint}/_slipway/faults`, {
      method,
      ...(plan === undefined ? {} : { body: JSON.stringify(plan) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(text);
    return JSON.parse(text) as FaultStatus;
  };
  return {
    cloud,
    provisioner,
    setFaults: async (plan) => {
      await ask('PUT', plan);
    },
    clearFaults: async () => {
      await ask('DELETE');
    },
    faults: () => ask('GET'),
    end: async () => {
      provisioner.close();
      await down(cloud.directory);
      await rm(cloud.directory, { recursive: true, force: true });
    },
  };
}

interface Assets {
  readonly files: Readonly<
    Record<string, { source: { path: string; packaging: string }; destinations: Record<string, { objectKey: string }> }>
  >;
}

/** What `cdk bootstrap` and `cdk deploy` would do, of which the template needs a bucket and a parameter. */
async function deployTemplate(cloud: LocalCloud, provisioner: Provisioner, assembly: string): Promise<void> {
  const account = cloud.env.CDK_DEFAULT_ACCOUNT ?? '';
  const Bucket = `cdk-hnb659fds-assets-${account}-us-east-1`;
  const s3 = provisioner.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { files } = JSON.parse(await readFile(join(assembly, 'Slipway.assets.json'), 'utf8')) as Assets;
  for (const [hash, { source, destinations }] of Object.entries(files)) {
    const path = source.packaging === 'zip' ? join(assembly, '.cache', `${hash}.zip`) : join(assembly, source.path);
    const Key = Object.values(destinations)[0]?.objectKey;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }));
  }
  const template = await readFile(join(assembly, 'Slipway.template.json'));
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
