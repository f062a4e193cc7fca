import { readFile, writeFile } from 'node:fs/promises';
import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '@slipway/local-cloud';
import { platformInput, platformRegions } from '../../support/platform-input.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { changesOf, type Ended } from '../../support/provisioner.ts';
import { actionOf, isOwn, readsPage, readsPath, writesReads } from '../../support/reads-page.ts';

const provisioned = useProvisionedCloud();

/** A run, and the calls that its Lambdas made. */
interface Run {
  readonly ended: Ended;
  readonly calls: readonly RecordedCall[];
}

async function run(input: object): Promise<Run> {
  const { provisioner } = provisioned();
  const before = (await provisioner.calls()).length;
  const ended = await provisioner.end(await provisioner.start(input));
  const calls = (await provisioner.calls()).slice(before);
  return { ended, calls: calls.filter(({ principal }) => principal.startsWith('lambda:')) };
}

let again: Run;
let reconciled: Run;

beforeAll(async () => {
  again = await run(platformInput);
  reconciled = await run({ mode: 'reconcile' });
}, 240_000);

describe('starting again with the same input', () => {
  test('ends as unchanged, without asking anybody', () => {
    const { ended } = again;
    expect(ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
    expect(ended.report?.plan?.counts).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(ended.report?.decision).toBeUndefined();
  });

  test('changes nothing but Slipway’s own table, topics and executions', () => {
    expect(changesOf(again.calls)).toEqual([]);
  });

  test('looked at everything: the record of calls is not empty by accident', () => {
    const read = new Set(
      again.calls.filter(({ mutating }) => !mutating).map(({ service, region }) => `${service} ${region}`),
    );
    for (const service of ['ec2', 'ecs', 'elasticloadbalancing', 'ecr', 'logs', 'sns'])
      for (const region of platformRegions) expect(read).toContain(`${service} ${region}`);
  });

  test('reports the same outputs as the run that made them', () => {
    const { first } = provisioned();
    const ids = (regions: NonNullable<Ended['report']>['regions'] | undefined) =>
      regions?.map(({ region, urls, outputs }) => ({ region, urls, vpc: outputs.vpc, cluster: outputs.cluster }));
    expect(ids(again.ended.report?.regions)).toEqual(ids(first.report.regions));
  });
});

describe('a reconcile with nothing to do', () => {
  test('ends as unchanged and changes nothing', () => {
    expect(reconciled.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
    expect(changesOf(reconciled.calls)).toEqual([]);
  });

  test('makes at most 114 calls, its own table and topic included', () => {
    expect(reconciled.calls.length).toBeLessThanOrEqual(114);
    expect(reconciled.calls.filter((call) => !isOwn(call)).length).toBeGreaterThan(50);
  });

  test('reads nothing twice', () => {
    // One call for each of two: ELB, SNS and EventBridge answer for one at a time, ECS for one family, EC2 for one attribute, and
    // Application Auto Scaling for one service, where policies of others are to be seen as well.
    const each = [
      ...['DescribeTargetGroupAttributes', 'DescribeTaskDefinition', 'GetTopicAttributes'],
      ...['DescribeVpcAttribute', 'DescribeScalingPolicies', 'DescribeRule', 'ListTargetsByRule'],
    ];
    const twice = reconciled.calls
      .filter((call) => !isOwn(call) && ![...each, 'ListSubscriptionsByTopic'].includes(call.action))
      .map((call) => `${actionOf(call)} ${call.region}`);
    expect(twice.filter((call, index) => twice.indexOf(call) !== index)).toEqual([]);
  });

  test('runs nothing but what validates, plans and summarises', async () => {
    const { provisioner } = provisioned();
    const invoked = new Set(reconciled.calls.map(({ principal }) => principal));
    expect([...invoked].sort()).toEqual(['lambda:slipway-plan', 'lambda:slipway-summarise', 'lambda:slipway-validate']);
    const { executionArn } = reconciled.ended;
    const states: string[] = [];
    for await (const { events = [] } of paginateGetExecutionHistory(
      { client: provisioner.stepFunctions },
      { executionArn },
    ))
      states.push(
        ...events.flatMap(({ type, stateEnteredEventDetails }) =>
          type === 'TaskStateEntered' ? (stateEnteredEventDetails?.name ?? []) : [],
        ),
      );
    expect(states).toEqual(['Validate input', 'Plan', 'Summarise']);
  });

  test('makes the reads that workflow/READS.md lists (npm run reads writes it anew)', async () => {
    const page = readsPage(reconciled.calls, platformRegions);
    if (writesReads) await writeFile(readsPath, page);
    expect(await readFile(readsPath, 'utf8')).toBe(page);
  });
});
