import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Emulator } from '../emulator.ts';
import { remembered } from '../memo.ts';

/** An event of an AWS service; the emulator delivers it by the rules of the region's default bus. */
interface ServiceEvent {
  readonly source: `aws.${string}`;
  readonly type: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export type Publish = (region: string, event: ServiceEvent) => Promise<void>;

export function publisher(emulator: Emulator): Publish {
  const clients = new Map<string, EventBridgeClient>();
  return async (region, { source, type, resources, detail }) => {
    const client = remembered(clients, region, () => emulator.client(EventBridgeClient, region));
    await client.send(
      new PutEventsCommand({
        Entries: [{ Source: source, DetailType: type, Resources: [...resources], Detail: JSON.stringify(detail) }],
      }),
    );
  };
}

/** CodeBuild's metric of a project (its user guide, "Monitoring CodeBuild metrics"). */
export const failedBuilds =
  (emulator: Emulator) =>
  async (region: string, project: string): Promise<void> => {
    await emulator.client(CloudWatchClient, region).send(
      new PutMetricDataCommand({
        Namespace: 'AWS/CodeBuild',
        MetricData: [
          {
            MetricName: 'FailedBuilds',
            Dimensions: [{ Name: 'ProjectName', Value: project }],
            Unit: 'Count',
            Value: 1,
          },
        ],
      }),
    );
  };
