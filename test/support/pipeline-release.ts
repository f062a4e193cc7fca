import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { settingsOf } from '@slipway/local-cloud';
import { environments } from '../../workflow/environments.ts';
import type { Provisioner } from './provisioner.ts';
import { registryIn } from './registry-pull.ts';

interface Place {
  readonly deployment: string;
  readonly region: string;
}

/** What an environment's service runs, and its tags. */
async function running(ecs: ECSClient, { deployment }: Place, environment: string) {
  const cluster = `${deployment}-cluster`;
  const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [environment] }));
  return ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: services[0]?.taskDefinition, include: ['TAGS'] }),
  );
}

export async function runningIn(provisioner: Provisioner, place: Place, environment: string) {
  const { taskDefinition } = await running(provisioner.client(ECSClient, place.region), place, environment);
  return taskDefinition ?? {};
}

export const imageOf = ({ containerDefinitions }: TaskDefinition): string => containerDefinitions?.[0]?.image ?? '';

/** The running app under another digest, as a build pushes it: `latest` first, then the commit's tag. */
async function pushBuild(provisioner: Provisioner, { deployment, region }: Place, image: string): Promise<string> {
  const { endpoint, user, password } = await registryIn(provisioner, region);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const manifests = `${endpoint}/v2/${deployment}-app/manifests`;
  const [repository = '', digest = ''] = image.split('@');
  const reply = await fetch(`${manifests}/${digest}`, {
    headers: { authorization, accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const { mediaType, ...manifest } = (await reply.json()) as { readonly mediaType: string };
  const body = JSON.stringify({ mediaType, ...manifest, annotations: { build: '1' } });
  let pushed = '';
  for (const tag of ['latest', 'commit-0123456789ab']) {
    const headers = { authorization, 'content-type': mediaType };
    const answer = await fetch(`${manifests}/${tag}`, { method: 'PUT', headers, body });
    if (!answer.ok) throw new Error(`the registry says ${answer.status} to ${tag}: ${await answer.text()}`);
    pushed = answer.headers.get('docker-content-digest') ?? '';
  }
  return `${repository}@${pushed}`;
}

/** Does what the pipeline's build and deploy actions do, without waiting; gives the image that it released. */
export async function releaseByPipeline(provisioner: Provisioner, place: Place): Promise<string> {
  const ecs = provisioner.client(ECSClient, place.region);
  const image = await pushBuild(provisioner, place, imageOf(await runningIn(provisioner, place, 'production')));
  for (const environment of environments) {
    const { taskDefinition, tags } = await running(ecs, place, environment);
    const settings = settingsOf(taskDefinition ?? {});
    const { taskDefinition: next } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...settings,
        family: settings.family,
        containerDefinitions: settings.containerDefinitions?.map((container) => ({ ...container, image })),
        ...(tags === undefined ? {} : { tags }),
      }),
    );
    await ecs.send(
      new UpdateServiceCommand({
        cluster: `${place.deployment}-cluster`,
        service: environment,
        taskDefinition: next?.taskDefinitionArn,
      }),
    );
  }
  return image;
}
