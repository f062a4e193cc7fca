import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DeleteRouteCommand,
  DescribeFlowLogsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client, ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { takeInventory } from '../../bench/inventory.ts';
import { deployedCloud, type OwnCloud, run, startMachine } from '../../support/own-cloud.ts';
import { imageOf, releaseByPipeline, runningIn } from '../../support/pipeline-release.ts';
import { type Platform, readPlatform } from '../../support/platform-reading.ts';
import { story } from '../../support/story.ts';
import { moved, stoppedWhileDeploying } from './moves.ts';
import { asked, whileRequesting } from './questions.ts';

const region = 'us-east-1';
const cidr = '10.60.0.0/16';
export const deployment = 'changing';
const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012';
const input = { deployment, regions: [{ region, cidr }] };
/** As the first run makes it: a zone more, and HTTPS. */
const larger = { deployment, regions: [{ region, cidr, certificateArn }], zoneCount: 3 };

const bigger = { ...input, alarms: { cpuPercent: 60 }, app: { cpu: 512, memory: 1024 } };
const elsewhere = { ...bigger, app: { ...bigger.app, port: 9090, healthPath: '/' } };
const reconcile = { mode: 'reconcile', deployment };

let own: OwnCloud;
export const endCloud = async (): Promise<void> => own?.end();
const read = (): Promise<Platform> => readPlatform(own.provisioner, deployment, region, cidr);
const inventory = () => takeInventory(own.provisioner, [region]);

/** Another flow log in the place of ours, with our tags: EC2 can't change one. */
async function replaceFlowLog(): Promise<void> {
  const ec2 = own.provisioner.client(EC2Client, region);
  const { flowLogs, vpc } = await read();
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

const step = story(1_200_000);

const first = step('the first run', async () => {
  own = await deployedCloud('changes', { MaxReruns: '0' });
  const { report } = await run(own.provisioner, 'provision', larger);
  // HTTP redirects to HTTPS, which has no port here: without the certificate the address serves again.
  return { url: report?.regions[0]?.urls.production?.replace('https:', 'http:') ?? '' };
});

export const rejection = step('no certificate any more, which people reject', async () => {
  const standing = await inventory();
  const rejected = await asked(own.provisioner, { ...input, zoneCount: 3 }, 'reject');
  return { ...rejected, untouched: JSON.stringify(await inventory()) === JSON.stringify(standing) };
});

export const shrinking = step('a zone less', async () => {
  await asked(own.provisioner, { ...input, zoneCount: 3 });
  const { url } = await first.done();
  const { answer, interruptions, requests } = await whileRequesting(url, () => asked(own.provisioner, input));
  const after = await inventory();
  return { ...answer, interruptions, requests: requests(), after };
});

export const repeating = step('the same once more', () => run(own.provisioner, 'provision', input));

export const replacing = step('a flow log that AWS can’t change', async () => {
  await replaceFlowLog();
  const replaced = await asked(own.provisioner, reconcile);
  const { FlowLogs = [] } = await own.provisioner.client(EC2Client, region).send(new DescribeFlowLogsCommand({}));
  return { ...replaced, traffic: FlowLogs.map(({ TrafficType = '' }) => TrafficType) };
});

export const releasing = step('a release by the pipeline', async () => {
  const image = await releaseByPipeline(own.provisioner, { deployment, region });
  return { image, reconciled: await run(own.provisioner, 'provision', reconcile) };
});

export const alarming = step('another threshold', async () => {
  const threshold = await asked(own.provisioner, { ...input, alarms: { cpuPercent: 60 } });
  const { MetricAlarms = [] } = await own.provisioner
    .client(CloudWatchClient, region)
    .send(new DescribeAlarmsCommand({ AlarmNames: [`${deployment}-cpu`] }));
  return { ...threshold, standing: MetricAlarms[0]?.Threshold };
});

export const resizing = step('bigger tasks', async () => {
  const resized = await asked(own.provisioner, bigger);
  const { cpu } = await runningIn(own.provisioner, { deployment, region }, 'production');
  return { ...resized, cpu };
});

export const moving = step('another port', async () => {
  const { provisioner } = own;
  return moved({ provisioner, region, ...(await first.done()) }, read, () => asked(provisioner, elsewhere));
});

export const resuming = step('the first port again, stopped on the way', async () => {
  const { provisioner } = own;
  let stopped = '';
  const resumed = await moved({ provisioner, region, ...(await first.done()) }, read, async () => {
    const { ended, message } = await stoppedWhileDeploying(provisioner, bigger);
    stopped = ended.status;
    // A run that somebody stopped takes its approval along: people are asked again.
    return { message, ended: (await asked(provisioner, bigger)).ended };
  });
  return { ...resumed, stopped };
});

export const repairing = step('a route that is gone', async () => {
  await run(own.provisioner, 'provision', { ...bigger, approval: { safeRepairs: true } });
  const { routeTables } = await read();
  await own.provisioner.client(EC2Client, region).send(
    new DeleteRouteCommand({
      RouteTableId: routeTables.find(({ Routes = [] }) => Routes.some(({ NatGatewayId }) => NatGatewayId))
        ?.RouteTableId,
      DestinationCidrBlock: '0.0.0.0/0',
    }),
  );
  return own.provisioner.end(await startMachine(own.provisioner, 'provision', reconcile));
});

export const repairingWhatServes = step('a listener that forwards to staging', async () => {
  const { listeners, targetGroups } = await read();
  await own.provisioner.client(ElasticLoadBalancingV2Client, region).send(
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
  return asked(own.provisioner, reconcile);
});

export const ending = step('what runs in the end', () =>
  Promise.all(
    ['production', 'staging'].map(async (environment) =>
      imageOf(await runningIn(own.provisioner, { deployment, region }, environment)),
    ),
  ),
);
