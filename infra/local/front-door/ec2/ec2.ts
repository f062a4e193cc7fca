import { type Handlers, type Interceptor, ServiceError } from '../call.ts';
import { all, clientTokens, oneAtATime } from '../client-tokens.ts';
import type { Emulator } from '../emulator.ts';
import type { DenialOf } from '../iam/authorizer.ts';
import { conflicts } from './conflicts.ts';
import { dependencies, type Occupants } from './dependencies.ts';
import { describable, describing } from './describe.ts';
import { FlowLogs } from './flow-logs.ts';
import type { NatGateways } from './nat-gateways.ts';
import { describeAvailabilityZones } from './zones.ts';

/** For every call: `DryRun=true` says whether the call would have been allowed; ministack would perform it. */
export const dryRun: Interceptor = async (call, next) => {
  if (call.service !== 'ec2' || call.parameters.DryRun !== 'true') return next(call);
  throw new ServiceError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
};

/** EC2 as the workflow needs it: see README.md, "EC2". */
export function ec2(emulator: Emulator, nats: NatGateways, occupants: Occupants, denialOf: DenialOf): Handlers {
  const flowLogs = new FlowLogs(emulator, denialOf);
  const refusals = { ...conflicts(emulator, nats), ...dependencies(emulator, nats, occupants) };
  const turn = oneAtATime((call) => call.region);
  const tokens = clientTokens();
  const changing = (...interceptors: readonly Interceptor[]): Interceptor => all(turn, tokens, ...interceptors);

  const descriptions = Object.fromEntries(
    Object.keys(describable).map((action) => [`ec2:${action}`, describing(action)] as const),
  );
  const changes = Object.fromEntries(
    Object.entries(refusals).map(([action, refusal]) => [action, changing(refusal)] as const),
  );
  return {
    ...descriptions,
    ...changes,
    'ec2:DescribeAvailabilityZones': describeAvailabilityZones,
    'ec2:DescribeNatGateways': nats.describe,
    'ec2:DescribeAddresses': nats.describeAddresses,
    'ec2:DescribeFlowLogs': flowLogs.describe,
    'ec2:CreateNatGateway': changing(nats.create),
    'ec2:DeleteNatGateway': changing(nats.delete),
    'ec2:CreateRouteTable': changing(),
    'ec2:CreateFlowLogs': changing(refusals['ec2:CreateFlowLogs'], flowLogs.create),
  };
}
