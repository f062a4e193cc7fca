/**
 * Regions that the input may name: AWS's commercial regions with Fargate, CodePipeline V2 and ELB rule transforms, as of
 * 2026-11. A region that AWS opens later is added here.
 */
export const knownRegions: readonly string[] = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'sa-east-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-central-1',
  'eu-north-1',
  'eu-south-1',
  'ap-south-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
];

/**
 * Zone ids in which Fargate does not run Linux tasks (Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on
 * AWS Fargate", as known in 2026-11). Ids, not names: names are shuffled per account.
 */
const zonesWithoutFargate: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2', 'cac1-az3', 'apne1-az3']);

/** What of DescribeAvailabilityZones the choice needs. */
export interface Zone {
  readonly name: string;
  readonly id: string;
  readonly type: string;
  readonly state: string;
}

/**
 * The zones that a region's subnets use: first those of subnets that already stand, in their order, then the first
 * ordinary (not Local or Wavelength) available zones by name in which Fargate runs.
 * @param count how many; where more stand, the last ones are left behind
 * @throws {RangeError} when the region has too few of them
 */
export function chooseZones(zones: readonly Zone[], standing: readonly string[], count: number): readonly string[] {
  const usable = zones
    .filter(
      (zone) => zone.type === 'availability-zone' && zone.state === 'available' && !zonesWithoutFargate.has(zone.id),
    )
    .map((zone) => zone.name)
    .sort();
  const chosen = [...standing, ...usable.filter((name) => !standing.includes(name))].slice(0, count);
  if (chosen.length < count) {
    throw new RangeError(
      `${count} zones are asked for and only ${chosen.length} can run Fargate tasks: ${chosen.join(', ')}`,
    );
  }
  return chosen;
}
