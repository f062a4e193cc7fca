import type { Call, Reply } from '../call.ts';
import { texts, withBody } from '../call.ts';
import { type Element, escapeXml } from '../xml.ts';
import { assertKnown, type FilterTable, filtersOf, matches } from './filters.ts';

/** Zones by region as of 2026; others have three. */
const letters: Readonly<Record<string, string>> = {
  'us-east-1': 'abcdef',
  'us-west-2': 'abcd',
  'ap-northeast-1': 'acd',
};

const filters: FilterTable = {
  'group-name': 'groupName',
  'opt-in-status': 'optInStatus',
  'region-name': 'regionName',
  state: 'zoneState',
  'zone-id': 'zoneId',
  'zone-name': 'zoneName',
  'zone-type': 'zoneType',
};

export const zonesOf = (region: string): string[] =>
  [...(letters[region] ?? 'abc')].map((letter) => `${region}${letter}`);

/** `us-east-1` → `use1`, as in zone ids. */
function shortName(region: string): string {
  const [area = '', direction = '', number = ''] = region.split('-');
  const short = direction.replace(/(north|south|east|west|central)/g, (word) => word[0] ?? '');
  return `${area}${short}${number}`;
}

/** The availability zones, with a local zone among all that nobody has opted into, as real accounts have. */
function zoneItems(region: string): Element[] {
  const ordinary = zonesOf(region).map((zoneName, index) => ({
    zoneName,
    zoneState: 'available',
    regionName: region,
    zoneId: `${shortName(region)}-az${index + 1}`,
    groupName: `${region}-zg-1`,
    networkBorderGroup: region,
    optInStatus: 'opt-in-not-required',
    zoneType: 'availability-zone',
  }));
  const local = {
    zoneName: `${region}-loc-1a`,
    zoneState: 'available',
    regionName: region,
    zoneId: `${shortName(region)}-loc1-az1`,
    groupName: `${region}-loc-1`,
    networkBorderGroup: `${region}-loc-1`,
    optInStatus: 'not-opted-in',
    zoneType: 'local-zone',
  };
  return [...ordinary, local];
}

export async function describeAvailabilityZones(call: Call): Promise<Reply> {
  const asked = filtersOf(call.parameters);
  assertKnown(asked, filters);
  const names = texts(call.parameters, 'ZoneName');
  const all = call.parameters.AllAvailabilityZones === 'true';
  const items = zoneItems(call.region)
    .filter((zone) => all || zone.optInStatus !== 'not-opted-in')
    .filter((zone) => names.length === 0 || names.includes(String(zone.zoneName)))
    .filter((zone) => matches(zone, asked, filters));
  const xml = items.map(
    (zone) =>
      `<item>${Object.entries(zone)
        .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
        .join('')}</item>`,
  );
  return withBody(
    { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.alloc(0) },
    `<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><availabilityZoneInfo>${xml.join('')}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>`,
  );
}
