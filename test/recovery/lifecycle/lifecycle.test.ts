import { CodePipelineClient, EnableStageTransitionCommand } from '@aws-sdk/client-codepipeline';
import {
  DetachInternetGatewayCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DeregisterTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cloudIn } from '../../../lambdas/aws/clients.ts';
import { planImage } from '../../../lambdas/image/image.ts';
import { allResources } from '../../../lambdas/resources/all.ts';
import type { InternetGatewayFound } from '../../../lambdas/resources/internet-gateway.ts';
import type { Found } from '../../../lambdas/resources/resource.ts';
import type { RegionConfig } from '../../../workflow/config.ts';
import type { Outputs } from '../../../workflow/documents.ts';
import { type Kind, kinds, makingStages } from '../../../workflow/stages.ts';
import { type Inventory, takeInventory } from '../../bench/inventory.ts';
import {
  type ByHand,
  carriesTags,
  type Fall,
  fell,
  type Rise,
  raise,
  type Surroundings,
  usersTag,
} from '../../support/lifecycle.ts';
import { bareCloud, type OwnCloud } from '../../support/own-cloud.ts';
import { byPlatform } from '../../support/provisioner.ts';
import { regionConfig } from '../../support/region-config.ts';

const region = 'us-east-1';
/** The account's, which nobody deletes; and what comes and goes with its parent. */
const staying: ReadonlySet<Kind> = new Set(['service-linked-role', 'pipeline-transition']);
const felled = kinds.filter((kind) => !staying.has(kind)).toReversed();

/** What the suite about drift does not alter, and two that it does. */
const byHand = ({ provisioner }: OwnCloud): Readonly<Partial<Record<Kind, ByHand>>> => ({
  vpc: {
    key: 'main',
    path: 'dnsHostnames',
    alter: ({ id }) =>
      provisioner
        .client(EC2Client)
        .send(new ModifyVpcAttributeCommand({ VpcId: id, EnableDnsHostnames: { Value: false } })),
  },
  'internet-gateway': {
    key: 'main',
    path: 'vpc',
    alter: (found: Found) =>
      provisioner
        .client(EC2Client)
        .send(
          new DetachInternetGatewayCommand({ InternetGatewayId: found.id, VpcId: (found as InternetGatewayFound).vpc }),
        ),
  },
  subnet: {
    key: 'private-b',
    path: 'publicAddresses',
    alter: ({ id }) =>
      provisioner
        .client(EC2Client)
        .send(new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } })),
  },
  'task-definition': {
    key: 'staging',
    alter: ({ id }) => provisioner.client(ECSClient).send(new DeregisterTaskDefinitionCommand({ taskDefinition: id })),
  },
  image: {
    key: 'app',
    alter: ({ id }) =>
      provisioner
        .client(ECRClient)
        .send(new BatchDeleteImageCommand({ repositoryName: 'life-app', imageIds: [{ imageDigest: id }] })),
  },
});

/** Somebody opens the way to production while it is held. */
const openedByHand = ({ provisioner }: OwnCloud, stageName: string): ByHand => ({
  key: 'hold',
  path: 'enabled',
  alter: () =>
    provisioner
      .client(CodePipelineClient)
      .send(new EnableStageTransitionCommand({ pipelineName: 'life-pipeline', stageName, transitionType: 'Inbound' })),
});

interface Story {
  readonly rises: readonly Rise[];
  readonly falls: readonly Fall[];
  readonly before: Inventory;
  readonly standing: Inventory;
  readonly after: Inventory;
}

let own: OwnCloud;
let story: Story;

async function live(surroundings: Surroundings): Promise<Story> {
  const alive = async (): Promise<Inventory> =>
    (await takeInventory(own.provisioner, [region])).filter((line) => !line.includes('/aws-service-role/'));
  const before = await alive();
  const rises: Rise[] = [];
  let outputs: Outputs = {};
  for (const stage of makingStages)
    for (const kind of stage.kinds) {
      const first = !rises.some((rise) => rise.kind === kind);
      const hand =
        kind === 'pipeline-transition' && first
          ? openedByHand(own, transitionStage(surroundings.config))
          : first || kind === 'task-definition'
            ? byHand(own)[kind]
            : undefined;
      const risen = await raise(surroundings, allResources[kind], stage, outputs, hand);
      rises.push(risen.rise);
      outputs = risen.outputs;
    }
  const standing = await alive();
  const falls: Fall[] = [];
  for (const kind of felled) falls.push(await fell(surroundings, allResources[kind], outputs));
  return { rises, falls, before, standing, after: await alive() };
}

const transitionStage = (config: RegionConfig): string => {
  const [hold] = allResources['pipeline-transition'].specs(config);
  return hold?.spec.stage ?? '';
};

beforeAll(async () => {
  own = await bareCloud('lifecycle');
  Object.assign(process.env, own.cloud.env);
  // A boundary that is not there allows nothing: no task would start.
  const { Policy: boundary } = await own.provisioner.client(IAMClient).send(
    new CreatePolicyCommand({
      Path: '/slipway/',
      PolicyName: 'platform-boundary',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    }),
  );
  const image = await planImage(own.cloud.baseImage);
  const config = regionConfig({
    deployment: 'life',
    account: '000000000000',
    regions: [region],
    tags: { [usersTag]: '4711' },
    image,
    permissionsBoundaryArn: boundary?.Arn ?? '',
  });
  const mutatingCalls = async (): Promise<readonly string[]> =>
    (await own.provisioner.calls())
      .filter((call) => call.mutating && !byPlatform(call))
      .map(({ service, action }) => `${service}:${action}`);
  story = await live({ cloud: cloudIn(config), config, mutatingCalls });
}, 600_000);

afterAll(async () => {
  await own?.end();
});

const risesOf = (kind: Kind): readonly Rise[] => story.rises.filter((rise) => rise.kind === kind);

/** Of kinds that the tagging API does not tag. */
const tagCalls: Partial<Record<Kind, string>> = { role: 'iam:TagRole', dashboard: 'monitoring:TagResource' };

describe.each(kinds.map((kind) => ({ kind })))('$kind', ({ kind }) => {
  test('is made and listed, with the keys that are wanted', () => {
    for (const { wanted, made, listed } of risesOf(kind)) {
      expect(listed).toEqual(expect.arrayContaining([...wanted]));
      // Some stand already: with their parent, or because they are the account's.
      expect(made.created.length + made.updated.length + made.unchanged).toBe(wanted.length);
    }
    expect(risesOf(kind).flatMap(({ wanted }) => wanted).length).toBeGreaterThan(0);
  });

  test('stays as it is when it is made again', () => {
    for (const { again, changedAgain, wanted, differences } of risesOf(kind)) {
      expect(again).toEqual({ created: [], updated: [], unchanged: wanted.length, duplicates: [] });
      expect(changedAgain).toEqual([]);
      expect(differences).toEqual([]);
    }
  });

  test('is given its tags back, where it carries any, and nothing else', () => {
    const call = tagCalls[kind] ?? 'tagging:TagResources';
    for (const { retagged } of risesOf(kind)) {
      const difference = { path: `tags[${usersTag}]`, was: 'another', want: '4711' };
      expect(retagged).toEqual(
        carriesTags(allResources[kind]) ? { differences: [difference], calls: [call], after: [] } : undefined,
      );
    }
  });

  test('shows what was altered by hand, where this suite does so, and is put right', () => {
    for (const { altered } of risesOf(kind)) {
      if (altered === undefined) continue;
      if (altered.path === undefined) expect(altered.found).toBe(false);
      else expect(altered.differences.map(({ path }) => path)).toContain(altered.path);
      expect(altered.after).toEqual([]);
    }
  });

  test('goes, and may be deleted twice', () => {
    if (staying.has(kind)) return;
    expect(story.falls.find((fall) => fall.kind === kind)).toEqual({ kind, left: [], secondDelete: 'harmless' });
  });

  test('is gone to the plain SDK', () => {
    // A route is in the line of its table.
    if (staying.has(kind) || kind === 'nat-route') return;
    const linesIn = (inventory: Inventory) => inventory.filter((line) => line.split(' ')[1] === kind);
    expect(linesIn(story.standing).length).toBeGreaterThan(linesIn(story.before).length);
    expect(linesIn(story.after)).toEqual(linesIn(story.before));
  });
});

test('nothing of any kind is left', () => {
  expect(story.after).toEqual(story.before);
});
