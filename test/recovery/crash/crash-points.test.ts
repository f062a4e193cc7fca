import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provisioning, untilConverged, type Verdict } from '../../bench/convergence.ts';
import { CloudFactory } from '../../bench/fresh-cloud.ts';
import type { Inventory } from '../../bench/inventory.ts';

/**
 * A fixed sample of crash points; `npm run bench:crash` tries them all. Several die in one run, each healed before the
 * next: so 36 fit into a few minutes.
 */

const regions = ['us-east-1', 'us-west-2'];

/** Every create that AWS does not make idempotent, and calls of every stage: by action, the n-th of the run. */
const runs: readonly (readonly (readonly [action: string, nth: number])[])[] = [
  [
    ['CreateVpc', 1],
    ['CreateInternetGateway', 2],
    ['CreateSubnet', 5],
    ['CreateRouteTable', 3],
    ['AllocateAddress', 1],
    ['CreateNatGateway', 2],
    ['CreateRole', 3],
    ['RegisterTaskDefinition', 1],
    ['CreateLoadBalancer', 1],
    ['PutImage', 1],
    ['CreatePipeline', 1],
    ['PutMetricAlarm', 4],
    ['CreateService', 1],
  ],
  [
    ['CreateVpc', 2],
    ['ModifyVpcAttribute', 1],
    ['CreateInternetGateway', 1],
    ['AttachInternetGateway', 1],
    ['CreateSecurityGroup', 2],
    ['AllocateAddress', 3],
    ['CreateCluster', 1],
    ['CreateTargetGroup', 2],
    ['CompleteLayerUpload', 2],
    ['CreateProject', 1],
    ['PutDashboard', 1],
    ['RegisterTaskDefinition', 3],
  ],
  [
    ['AuthorizeSecurityGroupIngress', 2],
    ['CreateFlowLogs', 1],
    ['AssociateRouteTable', 3],
    ['CreateRoute', 2],
    ['CreateLogGroup', 2],
    ['CreateListener', 1],
    ['CreateRule', 1],
    ['CreateBucket', 1],
    ['CreateTopic', 2],
    ['RegisterScalableTarget', 2],
    ['CreateService', 3],
  ],
];

const factory = new CloudFactory('crash-points', 0.01);
const found: { readonly verdict: Verdict; readonly struck: readonly string[] }[] = [];

const tell = (points: (typeof runs)[number], index: number, expected: Inventory) =>
  factory.on(`run-${index}`, async (fresh) => {
    await fresh.setFaults({ faults: points.map(([action, nth]) => ({ do: 'kill', action, nth: [nth] })) });
    let struck: readonly string[] = [];
    const verdict: Verdict = await untilConverged(fresh.provisioner, {
      work: provisioning({}),
      regions,
      expected,
      beforeLast: async () => {
        struck = (await fresh.faults()).fired.map(({ call }) => /:(\w+)/.exec(call)?.[1] ?? call);
        await fresh.clearFaults();
      },
    });
    return { verdict, struck };
  });

beforeAll(async () => {
  const undisturbed = await factory.on('undisturbed', ({ provisioner }) =>
    untilConverged(provisioner, { work: provisioning({}), regions, beforeLast: async () => {} }),
  );
  expect(undisturbed.outcomes).toEqual(['succeeded']);
  found.push(...(await Promise.all(runs.map((points, index) => tell(points, index, undisturbed.inventory)))));
}, 720_000);

afterAll(() => factory.forget());

/** What a verdict must be: exactly one of everything, nothing locked, and nothing left to do. */
const well = {
  converged: true,
  duplicates: [],
  leaks: [],
  missing: [],
  stuck: undefined,
  neededAPerson: false,
  locked: false,
  again: 'unchanged',
};

describe('the work is done and the caller dies', () => {
  test.each(runs.map((points, index) => [index + 1, points] as const))(
    'run %i ends with exactly one of everything',
    (index, points) => {
      const { verdict, struck } = found[index - 1] ?? {};
      expect(verdict).toMatchObject(well);
      expect([...(struck ?? [])].sort()).toEqual(points.map(([action]) => action).sort());
    },
  );
});
