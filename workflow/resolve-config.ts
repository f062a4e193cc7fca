import { subnet24 } from './cidr.ts';
import type { RegionConfig } from './config.ts';
import type { Input } from './input.ts';
import { zoneLetters } from './regions.ts';

/** What is not in the input: looked up in the account, the registry and the provisioner stack. */
export interface Lookups {
  readonly account: string;
  readonly partition: string;
  readonly homeRegion: string;
  /** Zone names in order, by region. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  readonly image: RegionConfig['image'];
  readonly permissionsBoundaryArn: string;
}

/** Public subnets are x.x.1.0/24, x.x.2.0/24, …; private ones x.x.11.0/24, x.x.12.0/24, … as the diagrams draw them. */
const firstPublic = 1;
const firstPrivate = 11;

const appIn = ({ secrets, ...app }: Input['app'], region: string): RegionConfig['app'] =>
  secrets === undefined
    ? app
    : {
        ...app,
        secrets: Object.fromEntries(
          Object.entries(secrets).map(([name, arn]) => [name, arn.replace('{region}', region)]),
        ),
      };

/** The whole configuration of every region, in the input's order. */
export function resolveConfig(input: Input, lookups: Lookups): readonly RegionConfig[] {
  const { deployment, tags, app, alarms, logRetentionDays, pipeline, prices } = input;
  return input.regions.map(({ region, cidr, certificateArn }, index) => ({
    deployment,
    account: lookups.account,
    partition: lookups.partition,
    region,
    homeRegion: lookups.homeRegion,
    primary: index === 0,
    regions: input.regions.map((each) => each.region),
    tags,
    network: {
      cidr,
      zones: (lookups.zones[region] ?? []).map((name, position) => ({
        letter: zoneLetters[position] ?? '',
        name,
        publicCidr: subnet24(cidr, firstPublic + position),
        privateCidr: subnet24(cidr, firstPrivate + position),
      })),
    },
    app: appIn(app, region),
    image: lookups.image,
    logRetentionDays,
    alarms,
    pipeline,
    ...(prices[region] === undefined ? {} : { prices: prices[region] }),
    ...(certificateArn === undefined ? {} : { certificateArn }),
    permissionsBoundaryArn: lookups.permissionsBoundaryArn,
  }));
}
