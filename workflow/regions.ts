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

/** The part of DescribeAvailabilityZones' answer that the choice needs. */
export interface Zone {
  readonly name: string;
  readonly id: string;
  readonly type: string;
  readonly state: string;
}

/** Names of a region's zones within a deployment, in order: they end the keys of subnets, NAT gateways and routes. */
export const zoneLetters: readonly string[] = [...'abcdefgh'];

/**
 * The zones that a region's subnets use, in the order of their letters. A zone in which something of a letter stands is
 * that letter's; each of the other letters gets the first ordinary (not Local or Wavelength) available zone by name in
 * which Fargate runs and that no letter has.
 * @param standing zone names by letter
 * @param count how many; where more stand, the last ones are left behind
 * @throws {RangeError} when the region has too few of them
 */
export function chooseZones(
  zones: readonly Zone[],
  standing: Readonly<Record<string, string>>,
  count: number,
): readonly string[] {
  const taken = new Set(Object.values(standing));
  const free = zones
    .filter(
      (zone) => zone.type === 'availability-zone' && zone.state === 'available' && !zonesWithoutFargate.has(zone.id),
    )
    .map((zone) => zone.name)
    .filter((name) => !taken.has(name))
    .sort();
  const chosen = zoneLetters.slice(0, count).flatMap((letter) => standing[letter] ?? free.shift() ?? []);
  if (chosen.length < count) {
    throw new RangeError(
      `${count} zones are asked for and only ${chosen.length} can run Fargate tasks: ${chosen.join(', ')}`,
    );
  }
  return chosen;
}
