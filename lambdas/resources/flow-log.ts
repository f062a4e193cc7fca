import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  EC2Client,
  type FlowLog,
  paginateDescribeFlowLogs,
  type UnsuccessfulItem,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { errorInBody, isNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { ec2TagFilters, ec2Tags, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { ageInSeconds } from './age.ts';
import { compare } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { passRole } from './pass-role.ts';
import { type Found, type Resource, ref } from './resource.ts';

/**
 * EC2's default. Every minute instead would write up to ten times as many records, and CloudWatch Logs is paid for by
 * volume.
 */
const aggregationSeconds = 600;

/** After two intervals of aggregation a failed delivery is no longer due to a role that has not propagated yet. */
const deliveryGraceSeconds = 2 * aggregationSeconds;

export interface FlowLogSpec {
  readonly vpc: string;
  readonly traffic: 'ALL';
  /** Name of the log group. */
  readonly logGroup: string;
  /** ARN of the role that writes to it. */
  readonly role: string;
  readonly aggregationSeconds: number;
}

export interface FlowLogFound extends Found {
  readonly vpc: string;
  readonly traffic: string;
  readonly logGroup: string;
  readonly role: string;
  readonly aggregationSeconds: number;
  readonly deliveryError?: string;
  readonly ageSeconds: number;
}

export const flowLog: Resource<FlowLogSpec, FlowLogFound> = {
  kind: 'flow-log',
  permissions: {
    read: ['ec2:DescribeFlowLogs'],
    write: [
      creating(['ec2:CreateFlowLogs'], ec2Arns('vpc-flow-log')),
      onOwned(['ec2:CreateFlowLogs'], ec2Arns('vpc')),
      ...tagging('ec2', 'CreateFlowLogs', ec2Arns('vpc-flow-log')),
      onOwned(['ec2:DeleteFlowLogs'], ec2Arns('vpc-flow-log')),
      passRole('vpc-flow-logs.amazonaws.com'),
      'tag:TagResources',
    ],
  },
  replaceable: true,
  lingers: true,

  specs: () => [
    {
      key: 'main',
      spec: {
        vpc: ref('vpc', 'main'),
        traffic: 'ALL',
        logGroup: ref('log-group', 'flow-logs'),
        role: ref('role', 'flow-logs', 'arn'),
        aggregationSeconds,
      },
    },
  ],

  async list(cloud) {
    const filter = { Filter: ec2TagFilters(cloud.scope, 'flow-log') };
    const pages = paginateDescribeFlowLogs({ client: cloud.client(EC2Client) }, filter);
    return (await allPages(pages, ({ FlowLogs }) => FlowLogs)).flatMap((seen) => toFound(cloud.scope, seen));
  },

  readiness: (found) =>
    found.deliveryError !== undefined && found.ageSeconds > deliveryGraceSeconds
      ? { state: 'failed', reason: `the flow log can't be delivered: ${found.deliveryError}` }
      : { state: 'ready' },

  // EC2 has no call that changes a flow log.
  diff: (spec, found) => [
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compare('traffic', found.traffic, spec.traffic, 'replace'),
    ...compare('logGroup', found.logGroup, spec.logGroup, 'replace'),
    ...compare('role', found.role, spec.role, 'replace'),
    ...compare('aggregationSeconds', found.aggregationSeconds, spec.aggregationSeconds, 'replace'),
  ],

  async create(cloud, { key, spec }, token) {
    const made = await cloud.client(EC2Client).send(
      new CreateFlowLogsCommand({
        ResourceType: 'VPC',
        ResourceIds: [spec.vpc],
        TrafficType: spec.traffic,
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: spec.logGroup,
        DeliverLogsPermissionArn: spec.role,
        MaxAggregationInterval: spec.aggregationSeconds,
        ClientToken: token,
        TagSpecifications: ec2Tags(cloud.scope, 'flow-log', key, 'vpc-flow-log'),
      }),
    );
    throwUnsuccessful(made.Unsuccessful);
    const [id] = made.FlowLogIds ?? [];
    if (id === undefined) throw new TypeError('CreateFlowLogs answered with neither an id nor an error');
    return { key, id, ...spec, ageSeconds: 0 };
  },

  async update() {},

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `vpc-flow-log/${id}`),

  async delete(cloud, found) {
    const gone = await cloud.client(EC2Client).send(new DeleteFlowLogsCommand({ FlowLogIds: [found.id] }));
    throwUnsuccessful(gone.Unsuccessful?.filter((item) => !isNotFound(toError(item))));
  },

  output: (found) => ({ id: found.id }),
};

export function toFound(scope: Scope, seen: FlowLog): FlowLogFound[] {
  const owned = ownedBy(scope, 'flow-log', tagsOf(seen.Tags));
  if (owned === undefined || seen.FlowLogId === undefined) return [];
  return [
    {
      ...owned,
      id: seen.FlowLogId,
      vpc: seen.ResourceId ?? '',
      traffic: seen.TrafficType ?? '',
      logGroup: seen.LogGroupName ?? '',
      role: seen.DeliverLogsPermissionArn ?? '',
      aggregationSeconds: seen.MaxAggregationInterval ?? aggregationSeconds,
      ageSeconds: ageInSeconds(seen.CreationTime),
      ...(seen.DeliverLogsStatus === 'FAILED'
        ? { deliveryError: seen.DeliverLogsErrorMessage ?? 'EC2 gives no reason' }
        : {}),
    },
  ];
}

/** The flow log calls answer 200 with their errors in the body. */
function throwUnsuccessful(items: readonly UnsuccessfulItem[] | undefined): void {
  const [first] = items ?? [];
  if (first !== undefined) throw toError(first);
}

/** By its status the engine knows a refusal, after which nothing was made. */
export const toError = ({ Error: cause }: UnsuccessfulItem): Error =>
  errorInBody(cause?.Code, cause?.Message ?? 'EC2 gives no reason', 400);
