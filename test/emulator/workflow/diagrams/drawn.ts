import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import type { NatGateway, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import type { Platform } from '../../../support/platform-reading.ts';
import type { ProvisionedCloud } from '../../../support/provisioned-cloud.ts';

/** What the diagrams write about each region. */
export const drawn = {
  'us-east-1': { primary: true, octets: '10.0', zones: ['us-east-1a', 'us-east-1b'] },
  'us-west-2': { primary: false, octets: '10.1', zones: ['us-west-2a', 'us-west-2b'] },
} as const;
type Region = keyof typeof drawn;
export type Drawn = (typeof drawn)[Region];

/** What the first run provisioned, in every region. */
export interface Provisioned extends Pick<ProvisionedCloud, 'provisioner' | 'first'> {
  readonly platforms: ReadonlyMap<string, Platform>;
}

/** A line of architecture-diagrams.md, and what has to be found for it. */
export type Row = readonly [line: string, check: (seen: Platform, asDrawn: Drawn, run: Provisioned) => unknown];

export interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

export const tagged = (tags: readonly Tag[] | undefined, key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value;

export function subnetOf({ subnets }: Platform, cidr: string): Subnet {
  return only(
    subnets.filter(({ CidrBlock }) => CidrBlock === cidr),
    `subnets ${cidr}`,
  );
}

export const publicSubnets = (seen: Platform, { octets }: Drawn): Subnet[] =>
  [1, 2].map((number) => subnetOf(seen, `${octets}.${number}.0/24`));
export const privateSubnets = (seen: Platform, { octets }: Drawn): Subnet[] =>
  [11, 12].map((number) => subnetOf(seen, `${octets}.${number}.0/24`));
export const idsOf = (subnets: readonly Subnet[]): string[] => subnets.map(({ SubnetId }) => SubnetId ?? '').sort();

export function natIn({ natGateways }: Platform, subnet: Subnet | undefined): NatGateway {
  return only(
    natGateways.filter(({ SubnetId }) => SubnetId === subnet?.SubnetId),
    `NAT gateways in ${subnet?.SubnetId}`,
  );
}

/** Where a subnet's route table sends what leaves the VPC. */
export function wayOut({ routeTables }: Platform, subnet: Subnet | undefined): string | undefined {
  const table = only(
    routeTables.filter(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet?.SubnetId)),
    `route tables of ${subnet?.SubnetId}`,
  );
  const route = only(
    table.Routes?.filter(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0'),
    `default routes of ${subnet?.SubnetId}`,
  );
  return route.NatGatewayId ?? route.GatewayId;
}

export function group({ securityGroups }: Platform, name: string): SecurityGroup {
  return only(
    securityGroups.filter(({ GroupName }) => GroupName === name),
    `security groups ${name}`,
  );
}

/** Ingress as `protocol from-to source`, one a source. */
export const ingressOf = ({ IpPermissions = [] }: SecurityGroup): string[] =>
  IpPermissions.flatMap(
    ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] }) =>
      [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
        ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
        ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
      ].map((source) => `${IpProtocol} ${FromPort}-${ToPort} ${source}`),
  ).sort();

export function alarm({ alarms }: Platform, name: string): MetricAlarm {
  const found = alarms.get(`platform-${name}`);
  if (found === undefined) throw new Error(`no alarm platform-${name}`);
  return found;
}

export const dimensionsOf = ({ Dimensions = [] }: MetricAlarm): Record<string, string> =>
  Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name ?? '', Value ?? '']));

/** `targetgroup/…` or `app/…`, as CloudWatch names them. */
const suffixOf = (arn: string | undefined): string => (arn ?? '').replace(/^.*:(?:loadbalancer\/)?/, '');

export const onService = { ClusterName: 'platform-cluster', ServiceName: 'production' };
export function onTargets(seen: Platform): Record<string, string> {
  const production = seen.targetGroups.find(({ TargetGroupName }) => TargetGroupName === 'platform-production');
  return {
    LoadBalancer: suffixOf(seen.loadBalancer.LoadBalancerArn),
    TargetGroup: suffixOf(production?.TargetGroupArn),
  };
}

export function actions({ roles }: Platform, role: string): string[] {
  return (roles.get(role)?.statements ?? []).flatMap(({ Effect, Action }) => {
    expect(Effect).toBe('Allow');
    return typeof Action === 'string' ? [Action] : [...Action];
  });
}

/** Only the primary region has it; the other must not. */
export function primaryOnly<Part>(part: Part | undefined, { primary }: Drawn, check: (part: Part) => void): void {
  if (!primary) expect(part).toBeUndefined();
  else if (part === undefined) throw new Error('the primary region lacks it');
  else check(part);
}

export function pipelineStage(pipeline: PipelineDeclaration, position: number) {
  const stage = pipeline.stages?.[position];
  if (stage === undefined) throw new Error(`the pipeline has no stage ${position + 1}`);
  return {
    name: stage.name,
    actions: (stage.actions ?? []).map((action) => ({
      name: action.name,
      category: action.actionTypeId?.category,
      provider: action.actionTypeId?.provider,
      configuration: action.configuration ?? {},
      region: action.region,
    })),
  };
}

export const buildspec = (): Promise<string> =>
  readFile(join(import.meta.dirname, '../../../../buildspec.yml'), 'utf8');

export const digestOf = (image: string | undefined): string => (image ?? '').split('@')[1] ?? '';

export const named = ({ Tags }: { Tags?: readonly Tag[] | undefined }): boolean => tagged(Tags, 'Name') !== undefined;
