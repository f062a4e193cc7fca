import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Scope } from '../aws/cloud.ts';
import { ownedBy, type Tags } from '../aws/ownership.ts';
import type { ElbAttributes } from './elb-attributes.ts';
import type { Found } from './resource.ts';

export interface HealthCheck {
  readonly path: string;
  readonly protocol: string;
  readonly port: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyCount: number;
  readonly unhealthyCount: number;
  readonly codes: string;
}

export interface TargetGroupFound extends Found {
  readonly name: string;
  readonly vpc: string;
  readonly protocol: string;
  readonly targetType: string;
  readonly healthCheck: HealthCheck;
  readonly attributes: ElbAttributes;
}

/** Empty where it is not ours. */
export function toFound(scope: Scope, seen: TargetGroup, tags: Tags, attributes: ElbAttributes): TargetGroupFound[] {
  const owned = ownedBy(scope, 'target-group', tags);
  if (owned === undefined || seen.TargetGroupArn === undefined) return [];
  return [
    {
      ...owned,
      id: seen.TargetGroupArn,
      name: seen.TargetGroupName ?? '',
      vpc: seen.VpcId ?? '',
      protocol: seen.Protocol ?? '',
      targetType: seen.TargetType ?? '',
      healthCheck: {
        path: seen.HealthCheckPath ?? '',
        protocol: seen.HealthCheckProtocol ?? '',
        port: seen.HealthCheckPort ?? '',
        intervalSeconds: seen.HealthCheckIntervalSeconds ?? 0,
        timeoutSeconds: seen.HealthCheckTimeoutSeconds ?? 0,
        healthyCount: seen.HealthyThresholdCount ?? 0,
        unhealthyCount: seen.UnhealthyThresholdCount ?? 0,
        codes: seen.Matcher?.HttpCode ?? '',
      },
      attributes,
    },
  ];
}

export const toRequest = (check: HealthCheck) => ({
  HealthCheckEnabled: true,
  HealthCheckPath: check.path,
  HealthCheckProtocol: 'HTTP' as const,
  HealthCheckPort: check.port,
  HealthCheckIntervalSeconds: check.intervalSeconds,
  HealthCheckTimeoutSeconds: check.timeoutSeconds,
  HealthyThresholdCount: check.healthyCount,
  UnhealthyThresholdCount: check.unhealthyCount,
  Matcher: { HttpCode: check.codes },
});
