import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DeleteRouteCommand,
  DescribeFlowLogsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '@slipway/local-cloud';
import { type Inventory, takeInventory } from '../../bench/inventory.ts';
import { answered, deployedCloud, type OwnCloud, run, startMachine } from '../../support/own-cloud.ts';
import { imageOf, releaseByPipeline, runningIn } from '../../support/pipeline-release.ts';
import { type Platform, readPlatform } from '../../support/platform-reading.ts';
import { changesOf, type Ended, type Provisioner } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const region = 'us-east-1';
const cidr = '10.60.0.0/16';
const deployment = 'changing';
const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012';
const input = { deployment, regions: [{ region, cidr }] };
/** As the first run makes it: a zone more, and HTTPS. */
const larger = { deployment, regions: [{ region, cidr, certificateArn }], zoneCount: 3 };

/** A run that asks once, and what it asked. */
interface Asked {
  readonly ended: Ended;
  readonly subject: string;
  readonly message: string;
  /** Calls that changed the platform before anybody had answered. */
  readonly before: readonly string[];
}

interface Story {
  readonly first: Ended;
  readonly rejected: Asked;
  readonly untouched: boolean;
  readonly smaller: Asked;
  readonly after: Inventory;
  /** What production answered while its zone was taken away: one line for each request that was not well. */
  readonly interruptions: readonly string[];
  readonly requests: number;
  readonly again: Ended;
  readonly replaced: Asked;
  readonly flowLogs: readonly string[];
  readonly threshold: Asked;
  readonly alarm: number | undefined;
  readonly resized: Asked;
  readonly cpu: string | undefined;
  /** The image that the pipeline released before the threshold was changed. */
  readonly released: string;
  readonly afterRelease: Ended;
  /** What runs in production, and in staging, once everything else was changed. */
  readonly images: readonly string[];
  readonly moved: Moved;
  readonly resumed: Moved & { readonly stopped: string };
  readonly repaired: Ended;
  readonly notSafe: Asked;
}

/** A run that gives the tasks another port and another health path. */
interface Moved {
  readonly asked: Pick<Asked, 'message' | 'ended'>;
  readonly interruptions: readonly string[];
  /** The calls that opened and closed ports and deployed, in their order. */
  readonly order: readonly string[];
  readonly ports: readonly (number | undefined)[];
  readonly targets: readonly string[];
  readonly healthPaths: readonly (string | undefined)[];
}

let own: OwnCloud;
let story: Story;

async function asked(
  provisioner: Provisioner,
  work: object,
  decision: 'approve' | 'reject' = 'approve',
): Promise<Asked> {
  const calls = (await provisioner.calls()).length;
  const execution = await startMachine(provisioner, 'provision', work);
  const { mail } = await provisioner.question(execution);
  const before = changesOf((await provisioner.calls()).slice(calls));
  const ended = await answered(provisioner, execution, decision);
  return { ended, subject: mail.subject, message: mail.message, before };
}

const read = (provisioner: Provisioner): Promise<Platform> => readPlatform(provisioner, deployment, region, cidr);

/** Requests production again and again until the work is done. */
async function whileRequesting<Answer>(url: string, work: () => Promise<Answer>) {
  let done = false;
  let requests = 0;
  const interruptions: string[] = [];
  const requesting = (async () => {
    while (!done) {
      requests += 1;
      const status = await fetch(url).then(
        (reply) => reply.status,
        (error: Error) => error.message,
      );
      if (status !== 200) interruptions.push(`request ${requests}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    return { answer: await work(), interruptions, requests: () => requests };
  } finally {
    done = true;
    await requesting;
  }
}

const isMove = ({ action, principal }: RecordedCall): boolean =>
  (action === 'UpdateService' && principal === 'lambda:slipway-deploy-production') ||
  /^(Authorize|Revoke)SecurityGroupIngress$/.test(action);

/** What stands after a change of port and health path, and how it came to that. */
async function moved(provisioner: Provisioner, url: string, work: () => Promise<Moved['asked']>): Promise<Moved> {
  const calls = (await provisioner.calls()).length;
  const { answer, interruptions } = await whileRequesting(url, work);
  const order = (await provisioner.calls())
    .slice(calls)
    .filter(isMove)
    .map(({ action, principal }) => `${action} by ${principal}`);
  const { securityGroups, targetGroups } = await read(provisioner);
  const elb = provisioner.client(ElasticLoadBalancingV2Client, region);
  const health = await Promise.all(
    targetGroups.map(({ TargetGroupArn }) => elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))),
  );
  return {
    asked: answer,
    interruptions,
    order,
    ports: securityGroups
      .filter(({ GroupName }) => GroupName?.endsWith('-task'))
      .flatMap(({ IpPermissions = [] }) => IpPermissions.map(({ FromPort }) => FromPort)),
    targets: health.flatMap(({ TargetHealthDescriptions = [] }) =>
      TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target?.Port} ${TargetHealth?.State}`),
    ),
    healthPaths: targetGroups.map(({ HealthCheckPath }) => HealthCheckPath),
  };
}

/** Started, and stopped as soon as production's tasks are being replaced. */
async function stoppedWhileDeploying(provisioner: Provisioner, work: object): Promise<Moved['asked']> {
  const calls = (await provisioner.calls()).length;
  const execution = await startMachine(provisioner, 'provision', work);
  const question = await provisioner.question(execution);
  await question.answer({ decision: 'approve', by: 'the tests' });
  const deploys = (call: RecordedCall): boolean => call.action === 'UpdateService' && isMove(call);
  await waitFor('production to be deployed', async () => (await provisioner.calls()).slice(calls).some(deploys), {
    within: 240_000,
  });
  await provisioner.stepFunctions.send(new StopExecutionCommand({ executionArn: execution }));
  return { ended: await provisioner.end(execution), message: question.mail.message };
}

/** Another flow log in the place of ours, with our tags: EC2 can't change one. */
async function replaceFlowLog(provisioner: Provisioner): Promise<void> {
  const ec2 = provisioner.client(EC2Client, region);
  const { flowLogs, vpc } = await read(provisioner);
  const [ours] = flowLogs;
  await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [ours?.FlowLogId ?? ''] }));
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [vpc.VpcId ?? ''],
      TrafficType: 'REJECT',
      LogGroupName: ours?.LogGroupName,
      DeliverLogsPermissionArn: ours?.DeliverLogsPermissionArn,
      MaxAggregationInterval: 600,
      TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: ours?.Tags }],
    }),
  );
}

async function tell(provisioner: Provisioner): Promise<Story> {
  const inventory = () => takeInventory(provisioner, [region]);
  const first = await run(provisioner, 'provision', larger);
  // HTTP redirects to HTTPS, which has no port here: without the certificate the address serves again.
  const standing = await inventory();
  const rejected = await asked(provisioner, { ...input, zoneCount: 3 }, 'reject');
  const untouched = JSON.stringify(await inventory()) === JSON.stringify(standing);

  await asked(provisioner, { ...input, zoneCount: 3 });
  const url = first.report?.regions[0]?.urls.production?.replace('https:', 'http:') ?? '';
  const shrinking = await whileRequesting(url, () => asked(provisioner, input));
  const after = await inventory();
  const again = await run(provisioner, 'provision', input);

  await replaceFlowLog(provisioner);
  const replaced = await asked(provisioner, { mode: 'reconcile', deployment });
  const { FlowLogs = [] } = await provisioner.client(EC2Client, region).send(new DescribeFlowLogsCommand({}));

  const released = await releaseByPipeline(provisioner, { deployment, region });
  const afterRelease = await run(provisioner, 'provision', { mode: 'reconcile', deployment });

  const threshold = await asked(provisioner, { ...input, alarms: { cpuPercent: 60 } });
  const { MetricAlarms = [] } = await provisioner
    .client(CloudWatchClient, region)
    .send(new DescribeAlarmsCommand({ AlarmNames: [`${deployment}-cpu`] }));

  const bigger = { ...input, alarms: { cpuPercent: 60 }, app: { cpu: 512, memory: 1024 } };
  const resized = await asked(provisioner, bigger);
  const { cpu } = await runningIn(provisioner, { deployment, region }, 'production');

  const elsewhere = { ...bigger, app: { ...bigger.app, port: 9090, healthPath: '/' } };
  const there = await moved(provisioner, url, () => asked(provisioner, elsewhere));
  let stopped = '';
  const back = await moved(provisioner, url, async () => {
    const first = await stoppedWhileDeploying(provisioner, bigger);
    stopped = first.ended.status;
    // A run that somebody stopped takes its approval along: people are asked again.
    return { message: first.message, ended: (await asked(provisioner, bigger)).ended };
  });

  await run(provisioner, 'provision', { ...bigger, approval: { safeRepairs: true } });
  const { routeTables, listeners, targetGroups } = await read(provisioner);
  await provisioner.client(EC2Client, region).send(
    new DeleteRouteCommand({
      RouteTableId: routeTables.find(({ Routes = [] }) => Routes.some(({ NatGatewayId }) => NatGatewayId))
        ?.RouteTableId,
      DestinationCidrBlock: '0.0.0.0/0',
    }),
  );
  const repaired = await provisioner.end(
    await startMachine(provisioner, 'provision', { mode: 'reconcile', deployment }),
  );
  await provisioner.client(ElasticLoadBalancingV2Client, region).send(
    new ModifyListenerCommand({
      ListenerArn: listeners[0]?.ListenerArn,
      DefaultActions: [
        {
          Type: 'forward',
          TargetGroupArn: targetGroups.find(({ TargetGroupName }) => TargetGroupName?.endsWith('-staging'))
            ?.TargetGroupArn,
        },
      ],
    }),
  );
  const notSafe = await asked(provisioner, { mode: 'reconcile', deployment });
  const images = await Promise.all(
    ['production', 'staging'].map(async (environment) =>
      imageOf(await runningIn(provisioner, { deployment, region }, environment)),
    ),
  );
  return {
    first,
    rejected,
    untouched,
    smaller: shrinking.answer,
    interruptions: shrinking.interruptions,
    requests: shrinking.requests(),
    after,
    again,
    replaced,
    flowLogs: FlowLogs.map(({ TrafficType = '' }) => TrafficType),
    threshold,
    alarm: MetricAlarms[0]?.Threshold,
    resized,
    cpu,
    released,
    afterRelease,
    images,
    moved: there,
    resumed: { ...back, stopped },
    repaired,
    notSafe,
  };
}

beforeAll(async () => {
  own = await deployedCloud('changes', { MaxReruns: '0' });
  story = await tell(own.provisioner);
}, 1200_000);

afterAll(async () => {
  await own?.end();
});

const wellApproved = { status: 'SUCCEEDED', report: { outcome: 'succeeded', decision: { decision: 'approved' } } };

describe('what an older configuration left behind', () => {
  test('is shown as deleted, by name, before anything is changed', () => {
    for (const line of [
      'delete elastic-ip/c',
      'delete nat-gateway/c',
      'delete subnet/private-c',
      'delete subnet/public-c',
    ])
      expect(story.smaller.message).toContain(`  ${line}\n`);
    expect(story.smaller.subject).toBe(`[Slipway] Change ${deployment} in production?`);
    expect(story.smaller.before).toEqual([]);
  });

  test('goes once people have approved', () => {
    expect(story.smaller.ended).toMatchObject(wellApproved);
    expect(story.smaller.ended.report?.plan?.counts.delete).toBeGreaterThanOrEqual(6);
    const left = story.after.filter((line) =>
      /-(public|private)-c\b|elastic-ip \S+-c |nat-gateway \S+-c |listener \S+ 443/.test(line),
    );
    expect(left).toEqual([]);
    expect(story.after.filter((line) => line.includes(' nat-gateway '))).toHaveLength(2);
    expect(story.after.filter((line) => line.includes(' elastic-ip '))).toHaveLength(2);
  });

  test('goes without an interruption of production', () => {
    expect(story.requests).toBeGreaterThan(20);
    expect(story.interruptions).toEqual([]);
  });

  test('is gone for good: the next start finds nothing to do', () => {
    expect(story.again).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
  });

  test('stays where people say no, with everything else', () => {
    expect(story.rejected.message).toContain('  delete listener/https\n');
    expect(story.rejected.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
    expect(story.untouched).toBe(true);
  });
});

describe('what AWS can’t change in place', () => {
  test('is shown as replaced, with what differs', () => {
    expect(story.replaced.message).toContain('  replace flow-log/main\n    traffic: "REJECT" -> "ALL"\n');
    expect(story.replaced.before).toEqual([]);
  });

  test('is made anew once people have approved', () => {
    expect(story.replaced.ended).toMatchObject(wellApproved);
    expect(story.flowLogs).toEqual(['ALL']);
  });
});

describe('another port and another health path', () => {
  test('are shown with the stage that makes them', () => {
    for (const line of [
      /^ {2}update security-group\/task$/m,
      /^ {4}ingress\[tcp 8080 sg-\w+\]: .* -> nothing \(left to Finish production\)$/m,
      /^ {4}ingress\[tcp 9090 sg-\w+\]: nothing -> \{.*\}$/m,
      /^ {4}healthCheck.path: "\/health" -> "\/" \(left to Deploy production\)$/m,
      /^ {4}containerPort: 8080 -> 9090$/m,
    ])
      expect(story.moved.asked.message).toMatch(line);
  });

  const order = [
    'AuthorizeSecurityGroupIngress by lambda:slipway-alb',
    'UpdateService by lambda:slipway-deploy-production',
    'RevokeSecurityGroupIngress by lambda:slipway-finish-production',
  ];

  test.each<[string, () => Moved, number, string]>([
    ['reach production without an interruption: the old port is closed last', () => story.moved, 9090, '/'],
    ['reach it too where the run is stopped on the way and started again', () => story.resumed, 8080, '/health'],
  ])('%s', (_, of, port, healthPath) => {
    const { asked, ...run } = of();
    expect(asked.ended).toMatchObject(wellApproved);
    expect(run).toMatchObject({
      order,
      interruptions: [],
      ports: [port],
      targets: Array.from({ length: 4 }, () => `${port} healthy`),
      healthPaths: [healthPath, healthPath],
    });
  });

  test('were under way when the run was stopped', () => {
    expect(story.resumed.stopped).toBe('ABORTED');
  });
});

describe('a change of what production hangs on', () => {
  test('is asked about before anything is changed', () => {
    expect(story.threshold.subject).toBe(`[Slipway] Change ${deployment} in production?`);
    expect(story.threshold.message).toMatch(/^ {2}update alarm\/cpu\n(?: {4}.*\n)* {4}threshold: 80 -> 60$/m);
    expect(story.threshold.before).toEqual([]);
  });

  test('is made once it is approved', () => {
    expect(story.threshold.ended).toMatchObject(wellApproved);
    expect(story.alarm).toBe(60);
  });
});

describe('a new revision of the tasks', () => {
  test('is tried in staging before anybody is asked', () => {
    expect(story.resized.subject).toBe(`[Slipway] Deploy ${deployment} to production?`);
    expect(story.resized.before.some((call) => call.startsWith('ecs:UpdateService'))).toBe(true);
  });

  test('is deployed to production once it is approved', () => {
    expect(story.resized.ended).toMatchObject(wellApproved);
    expect(story.cpu).toBe('512');
  });
});

describe('what the pipeline has released', () => {
  test('is left alone by a reconcile', () => {
    expect(story.afterRelease.report?.outcome).toMatch(/unchanged|succeeded/);
    expect(story.afterRelease.report?.plan?.counts.update).toBe(0);
  });

  test('goes out with every changed setting, and is what outputs show', () => {
    expect(story.released).toMatch(/^\S+\/changing-app@sha256:[0-9a-f]{64}$/);
    expect(story.images).toEqual([story.released, story.released]);
    const shown = story.resized.ended.report?.regions[0]?.outputs['task-definition'];
    expect([shown?.production?.image, shown?.staging?.image]).toEqual([story.released, story.released]);
    expect(story.resized.message).toContain(`  image ${story.released.split('@')[1]}\n`);
  });
});

describe('a reconcile that may make safe repairs', () => {
  test('puts a route right without asking', () => {
    expect(story.repaired).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
    expect(story.repaired.report?.decision).toBeUndefined();
  });

  test('asks before it touches what serves', () => {
    expect(story.notSafe.message).toContain('  update listener/http\n');
    expect(story.notSafe.before).toEqual([]);
    expect(story.notSafe.ended).toMatchObject(wellApproved);
  });
});
