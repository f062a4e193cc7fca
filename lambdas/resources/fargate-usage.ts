import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { Cloud } from '../aws/cloud.ts';

/** Seconds: Fargate publishes its usage every five minutes, some minutes late (Amazon ECS Developer Guide). */
const lookBack = 1_800;

/** On-demand vCPUs of Fargate that run in the region, whoever's they are; 0 where CloudWatch knows of none. */
export async function fargateVcpus(cloud: Cloud): Promise<number> {
  const now = new Date();
  const { Datapoints = [] } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      Dimensions: [
        { Name: 'Service', Value: 'Fargate' },
        { Name: 'Type', Value: 'Resource' },
        { Name: 'Resource', Value: 'vCPU' },
        { Name: 'Class', Value: 'Standard/OnDemand' },
      ],
      StartTime: new Date(now.getTime() - lookBack * 1_000),
      EndTime: now,
      Period: 300,
      Statistics: ['Maximum'],
    }),
  );
  const latest = Datapoints.toSorted((one, other) => Number(other.Timestamp ?? 0) - Number(one.Timestamp ?? 0))[0];
  return latest?.Maximum ?? 0;
}
