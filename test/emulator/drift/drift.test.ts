import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeServicesCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DescribeTagsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PlannedChange } from '../../../workflow/documents.ts';
import { plannedIn, run } from '../../support/own-cloud.ts';
import { platformInput } from '../../support/platform-input.ts';
import { type Platform, readPlatform } from '../../support/platform-reading.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { changesOf, type Ended, type Provisioner } from '../../support/provisioner.ts';
import { alterations, type Hands, type Region } from './alterations/index.ts';

const provisioned = useProvisionedCloud();

const cidrs: Readonly<Record<Region, string>> = { 'us-east-1': '10.0.0.0/16', 'us-west-2': '10.1.0.0/16' };
const regions = Object.keys(cidrs) as Region[];

interface Story {
  /** With a count that autoscaling could have chosen. */
  readonly scaled: readonly PlannedChange[];
  readonly found: readonly PlannedChange[];
  readonly changedByPlan: readonly string[];
  readonly repaired: Ended;
  readonly foundAfter: readonly PlannedChange[];
  readonly before: Readonly<Record<Region, Platform>>;
  readonly after: Readonly<Record<Region, Platform>>;
}

let story: Story;

async function plan(provisioner: Provisioner): Promise<readonly PlannedChange[]> {
  const ended = await run(provisioner, 'provision', { ...platformInput, mode: 'plan' });
  if (ended.report?.outcome !== 'planned') throw new Error(`the plan ended as ${ended.error}: ${ended.cause}`);
  return plannedIn(provisioner, ended.executionArn);
}

async function readBoth(provisioner: Provisioner): Promise<Record<Region, Platform>> {
  const read = (region: Region) => readPlatform(provisioner, 'platform', region, cidrs[region]);
  return { 'us-east-1': await read('us-east-1'), 'us-west-2': await read('us-west-2') };
}

async function scaleTo(provisioner: Provisioner, desiredCount: number): Promise<void> {
  await provisioner
    .client(ECSClient)
    .send(new UpdateServiceCommand({ cluster: 'platform-cluster', service: 'production', desiredCount }));
}

beforeAll(async () => {
  const { provisioner } = provisioned();
  await scaleTo(provisioner, 4);
  const scaled = await plan(provisioner);
  await scaleTo(provisioner, 2);

  const before = await readBoth(provisioner);
  for (const { name, region, alter } of alterations) {
    const client: Hands['client'] = (service) => provisioner.client(service, region);
    try {
      await alter({ seen: before[region], client });
    } catch (error) {
      throw new Error(`could not alter "${name}" in ${region}: ${String(error)}`, { cause: error });
    }
  }
  const calls = (await provisioner.calls()).length;
  const found = await plan(provisioner);
  const changedByPlan = changesOf((await provisioner.calls()).slice(calls));
  const repaired = await run(provisioner, 'provision', { mode: 'reconcile' });
  const foundAfter = await plan(provisioner);
  story = { scaled, found, changedByPlan, repaired, foundAfter, before, after: await readBoth(provisioner) };
}, 600_000);

/** `region kind/key path`, one for each difference, without ids; without a path where the whole resource is missing. */
const linesOf = (changes: readonly PlannedChange[]): readonly string[] =>
  changes
    .flatMap(({ region, kind, key, action, differences }) =>
      differences.length === 0 && action === 'create'
        ? [`${region} ${kind}/${key}`]
        : differences.map(({ path }) => `${region} ${kind}/${key} ${path.replace(/\bsg-\w+/, 'sg-…')}`),
    )
    .sort();

describe('what was altered by hand', () => {
  test('is at least 25 properties', () => {
    expect(alterations.length).toBeGreaterThanOrEqual(25);
  });

  test.each(alterations.map(({ name, region, planned }) => ({ name, region, planned })))(
    'is found: $name',
    ({ region, planned }) => {
      for (const line of planned) expect(linesOf(story.found)).toContain(`${region} ${line}`);
    },
  );

  test('is all that the plan finds', () => {
    const expected = alterations.flatMap(({ region, planned }) => planned.map((line) => `${region} ${line}`));
    expect(linesOf(story.found)).toEqual(expected.sort());
  });

  test('is shown with what it was and what it should be', () => {
    const threshold = story.found.flatMap(({ differences }) => differences).find(({ path }) => path === 'threshold');
    expect(threshold).toMatchObject({ was: 99, want: 80 });
  });

  test('is not touched by the plan', () => {
    expect(story.changedByPlan).toEqual([]);
  });
});

describe('a reconcile', () => {
  test('ends well', () => {
    expect(story.repaired.error).toBeUndefined();
    expect(story.repaired).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
  });

  test('asked before it changed production', () => {
    expect(story.repaired.report?.decision).toMatchObject({ decision: 'approved' });
  });

  test('leaves nothing to find', () => {
    expect(linesOf(story.foundAfter)).toEqual([]);
  });

  test('takes from the execution role what it was given', async () => {
    const iam = provisioned().provisioner.client(IAMClient);
    const RoleName = 'platform-us-west-2-execution';
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['pull-and-log']);
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([]);
  });

  test('encrypts the bucket again', async () => {
    const { ServerSideEncryptionConfiguration } = await provisioned()
      .provisioner.client(S3Client)
      .send(new GetBucketEncryptionCommand({ Bucket: 'platform-000000000000-us-east-1-artifacts' }));
    expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe(
      'AES256',
    );
  });

  test('puts the alarm back', async () => {
    const { MetricAlarms = [] } = await provisioned()
      .provisioner.client(CloudWatchClient)
      .send(new DescribeAlarmsCommand({ AlarmNames: ['platform-cpu'] }));
    expect(MetricAlarms[0]?.Threshold).toBe(80);
  });

  test('closes 8080 to the world and opens 80 again', () => {
    const portsOpenToAll = (region: Region, name: string) =>
      story.after[region].securityGroups
        .filter(({ GroupName }) => GroupName === name)
        .flatMap(({ IpPermissions = [] }) => IpPermissions)
        .filter(({ IpRanges = [] }) => IpRanges.some(({ CidrIp }) => CidrIp === '0.0.0.0/0'))
        .map(({ FromPort }) => FromPort)
        .sort();
    expect(portsOpenToAll('us-east-1', 'platform-task')).toEqual([]);
    expect(portsOpenToAll('us-west-2', 'platform-alb')).toEqual([443, 80]);
  });

  test('leads every private subnet out again', () => {
    for (const region of regions) {
      const nats = story.after[region].natGateways.filter(({ State }) => State === 'available');
      const targets = story.after[region].routeTables.flatMap(({ Routes = [] }) =>
        Routes.flatMap(({ NatGatewayId }) => NatGatewayId ?? []),
      );
      expect(targets.sort()).toEqual(nats.map(({ NatGatewayId }) => NatGatewayId).sort());
      expect(targets).toHaveLength(2);
    }
  });

  test('puts the user’s tag back and leaves alone what others put there', async () => {
    const { loadBalancer } = story.before['us-east-1'];
    const { TagDescriptions = [] } = await provisioned()
      .provisioner.client(ElasticLoadBalancingV2Client)
      .send(new DescribeTagsCommand({ ResourceArns: [loadBalancer.LoadBalancerArn ?? ''] }));
    const tags = new Map(TagDescriptions[0]?.Tags?.map(({ Key, Value }) => [Key, Value]));
    expect([tags.get('cost-center'), tags.get('audited')]).toEqual(['4711', 'yes']);
  });

  test('tags the tasks’ revision where it is', async () => {
    const ecs = provisioned().provisioner.client(ECSClient, 'us-west-2');
    const { taskDefinitionArns } = await ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: 'platform-production' }),
    );
    expect(taskDefinitionArns).toHaveLength(1);
  });

  test('keeps what need not be made anew', () => {
    for (const region of regions) {
      const [one, other] = [story.before[region], story.after[region]];
      expect(other.vpc.VpcId).toBe(one.vpc.VpcId);
      expect(other.loadBalancer.LoadBalancerArn).toBe(one.loadBalancer.LoadBalancerArn);
    }
  });
});

describe('a task count that autoscaling chose', () => {
  test('is no drift', () => {
    expect(linesOf(story.scaled)).toEqual([]);
  });

  test('is left where it is between 2 and 10', async () => {
    const { provisioner } = provisioned();
    const { services = [] } = await provisioner
      .client(ECSClient)
      .send(new DescribeServicesCommand({ cluster: 'platform-cluster', services: ['production'] }));
    expect(services[0]?.desiredCount).toBe(2);
  });
});
