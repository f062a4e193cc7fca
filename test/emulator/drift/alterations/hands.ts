import type { Platform } from '../../../support/platform-reading.ts';
import type { Provisioner } from '../../../support/provisioner.ts';

/** One thing that somebody does by hand, and the lines that a plan has for it. */
export interface Alteration {
  readonly name: string;
  readonly region: Region;
  alter(hands: Hands): Promise<unknown>;
  /** `kind/key path`, or `kind/key` where it is to be made anew. */
  readonly planned: readonly string[];
}

export type Region = 'us-east-1' | 'us-west-2';
export const [east, west] = ['us-east-1', 'us-west-2'] as const;

/** The plain SDK in the region, and what stands there. */
export interface Hands {
  readonly seen: Platform;
  readonly client: Provisioner['client'];
}

export const account = '000000000000';
export const executionRole = 'platform-us-west-2-execution';
export const topicArn = (key: string): string => `arn:aws:sns:us-east-1:${account}:platform-${key}`;
export const bucket = { Bucket: `platform-${account}-us-east-1-artifacts` };
export const otherBucket = { Bucket: `platform-${account}-us-west-2-artifacts` };

export const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const idOf = (things: readonly object[], holds: Readonly<Record<string, string>>, id: string): string => {
  const found = things.find((thing) =>
    Object.entries(holds).every(([name, value]) => (thing as Record<string, unknown>)[name] === value),
  );
  if (found === undefined) throw new Error(`nothing with ${JSON.stringify(holds)} among ${things.length}`);
  return String((found as Record<string, unknown>)[id]);
};

export const group = ({ seen }: Hands, name: string): string =>
  idOf(seen.securityGroups, { GroupName: `platform-${name}` }, 'GroupId');
export const targetGroup = ({ seen }: Hands, environment: string): string =>
  idOf(seen.targetGroups, { TargetGroupName: `platform-${environment}` }, 'TargetGroupArn');
export const subnet = ({ seen }: Hands, cidr: string): string => idOf(seen.subnets, { CidrBlock: cidr }, 'SubnetId');

export function tableOf({ seen }: Hands, subnetId: string): string | undefined {
  return seen.routeTables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnetId))
    ?.RouteTableId;
}

export const onService = (environment: string) => ({
  ServiceNamespace: 'ecs' as const,
  ScalableDimension: 'ecs:service:DesiredCount' as const,
  ResourceId: `service/platform-cluster/${environment}`,
});
