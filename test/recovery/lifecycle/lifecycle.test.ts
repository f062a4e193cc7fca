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
import { afterAll, describe, expect, test } from '@jest/globals';
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
  fell,
  type Rise,
  raise,
  type Surroundings,
  usersTag,
} from '../../support/lifecycle.ts';
import { bareCloud, type OwnCloud } from '../../support/own-cloud.ts';
import { byPlatform } from '../../support/provisioner.ts';
import { regionConfig } from '../../support/region-config.ts';
import { story } from '../../support/story.ts';

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

let own: OwnCloud;
const alive = async (): Promise<Inventory> =>
  (await takeInventory(own.provisioner, [region])).filter((line) => !line.includes('/aws-service-role/'));

const step = story(600_000);

const beginning = step('an empty account', async () => {
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
  const surroundings: Surroundings = { cloud: cloudIn(config), config, mutatingCalls };
  return { surroundings, before: await alive() };
});

let outputs: Outputs = {};
const rises = makingStages
  .flatMap((stage) => stage.kinds.map((kind) => ({ stage, kind })))
  .map(({ stage, kind }, index, all) => ({
    kind,
    making: step(`${kind} in ${stage.name}`, async (): Promise<Rise> => {
      const { surroundings } = await beginning.done();
      const first = all.findIndex((each) => each.kind === kind) === index;
      const hand =
        kind === 'pipeline-transition' && first
          ? openedByHand(own, transitionStage(surroundings.config))
          : first || kind === 'task-definition'
            ? byHand(own)[kind]
            : undefined;
      const risen = await raise(surroundings, allResources[kind], stage, outputs, hand);
      outputs = risen.outputs;
      return risen.rise;
    }),
  }));
const standing = step('everything stands', alive);
const falls = felled.map((kind) => ({
  kind,
  removing: step(`${kind} goes`, async () => fell((await beginning.done()).surroundings, allResources[kind], outputs)),
}));
const ending = step('everything has gone', alive);

const transitionStage = (config: RegionConfig): string => {
  const [hold] = allResources['pipeline-transition'].specs(config);
  return hold?.spec.stage ?? '';
};

afterAll(async () => {
  await own?.end();
});

/** Of kinds that the tagging API does not tag. */
const tagCalls: Partial<Record<Kind, string>> = { role: 'iam:TagRole', dashboard: 'monitoring:TagResource' };

describe.each(kinds.map((kind) => ({ kind })))('$kind', ({ kind }) => {
  const risen = rises.filter((rise) => rise.kind === kind).map(({ making }) => making.result());
  const risesOf = (): readonly Rise[] => risen.map((rise) => rise());

  test('is made and listed, with the keys that are wanted', () => {
    for (const { wanted, made, listed } of risesOf()) {
      expect(listed).toEqual(expect.arrayContaining([...wanted]));
      // Some stand already: with their parent, or because they are the account's.
      expect(made.created.length + made.updated.length + made.unchanged).toBe(wanted.length);
    }
    expect(risesOf().flatMap(({ wanted }) => wanted).length).toBeGreaterThan(0);
  });

  test('stays as it is when it is made again', () => {
    for (const { again, changedAgain, wanted, differences } of risesOf()) {
      expect(again).toEqual({ created: [], updated: [], unchanged: wanted.length, duplicates: [] });
      expect(changedAgain).toEqual([]);
      expect(differences).toEqual([]);
    }
  });

  test('is given its tags back, where it carries any, and nothing else', () => {
    const call = tagCalls[kind] ?? 'tagging:TagResources';
    for (const { retagged } of risesOf()) {
      const difference = { path: `tags[${usersTag}]`, was: 'another', want: '4711' };
      expect(retagged).toEqual(
        carriesTags(allResources[kind]) ? { differences: [difference], calls: [call], after: [] } : undefined,
      );
    }
  });

  test('shows what was altered by hand, where this suite does so, and is put right', () => {
    for (const { altered } of risesOf()) {
      if (altered === undefined) continue;
      if (altered.path === undefined) expect(altered.found).toBe(false);
      else expect(altered.differences.map(({ path }) => path)).toContain(altered.path);
      expect(altered.after).toEqual([]);
    }
  });
});

describe.each(felled.map((kind) => ({ kind })))('$kind, once it is removed', ({ kind }) => {
  const fallen = falls.find((fall) => fall.kind === kind)?.removing.result();
  const begun = beginning.result();
  const stood = standing.result();
  const ended = ending.result();

  test('goes, and may be deleted twice', () => {
    expect(fallen?.()).toEqual({ kind, left: [], secondDelete: 'harmless' });
  });

  // A route is in the line of its table.
  if (kind !== 'nat-route')
    test('is gone to the plain SDK', () => {
      const linesIn = (inventory: Inventory) => inventory.filter((line) => line.split(' ')[1] === kind);
      expect(linesIn(stood()).length).toBeGreaterThan(linesIn(begun().before).length);
      expect(linesIn(ended())).toEqual(linesIn(begun().before));
    });
});

describe('in the end', () => {
  const begun = beginning.result();
  const ended = ending.result();

  test('nothing of any kind is left', () => {
    expect(ended()).toEqual(begun().before);
  });
});
