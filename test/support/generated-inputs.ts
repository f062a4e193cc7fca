import fc from 'fast-check';
import { network, overlap } from '../../workflow/cidr.ts';
import { knownRegions } from '../../workflow/regions.ts';

const notA = (type: 'number' | 'string') =>
  fc.oneof(
    type === 'number' ? fc.string() : fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant([]),
    fc.constant({}),
  );
const outside = (least: number, most: number) =>
  fc.oneof(fc.integer({ max: least - 1 }), fc.integer({ min: most + 1 }), notA('number'));
const inApp = (key: string, value: fc.Arbitrary<unknown>) =>
  value.map((bad) => ({ raw: { app: { [key]: bad } }, path: `$.app.${key}` }));
const inAlarms = (key: string, value: fc.Arbitrary<unknown>) =>
  value.map((bad) => ({ raw: { alarms: { [key]: bad } }, path: `$.alarms.${key}` }));
const second = (entry: object) => ({ regions: [{ region: 'us-east-1', cidr: '10.0.0.0/16' }, entry] });
const octet = fc.integer({ min: 0, max: 255 });
/** With the JSON path of what is wrong. */
export const badInput: fc.Arbitrary<{ readonly raw: unknown; readonly path: string }> = fc.oneof(
  fc.stringMatching(/^[a-z]{9}$/).map((key) => ({ raw: { [key]: 1 }, path: `$.${key}` })),
  fc
    .oneof(fc.stringMatching(/^[A-Z0-9-]/), fc.stringMatching(/^[a-z]{21,40}$/), fc.constant('a--b'), notA('string'))
    .map((deployment) => ({ raw: { deployment }, path: '$.deployment' })),
  outside(2, 4).map((zoneCount) => ({ raw: { zoneCount }, path: '$.zoneCount' })),
  inApp('port', outside(1024, 65_535)),
  inApp(
    'cpu',
    fc.integer({ min: 1, max: 9_999 }).filter((cpu) => ![256, 512, 1024, 2048, 4096].includes(cpu)),
  ),
  inApp('maxCount', outside(1, 100)),
  inApp('healthPath', fc.oneof(fc.stringMatching(/^[^/]/), notA('string'))),
  inAlarms(
    'cpuPercent',
    fc.oneof(fc.double({ max: 0, noNaN: true }), fc.double({ min: 100, noNaN: true }), notA('number')),
  ),
  inAlarms(
    'periodSeconds',
    fc.integer({ min: 60, max: 3600 }).filter((seconds) => seconds % 60 !== 0),
  ),
  fc.string().map((name) => ({ raw: second({ region: name, cidr: '10.1.0.0/16' }), path: '$.regions[1].region' })),
  fc.tuple(octet, octet, fc.integer({ min: 21, max: 32 })).map(([b, c, prefix]) => ({
    raw: second({ region: 'us-west-2', cidr: `10.${b}.${c}.0/${prefix}` }),
    path: '$.regions[1].cidr',
  })),
  fc.integer({ min: 0, max: 15 }).map((part) => ({
    raw: second({ region: 'us-west-2', cidr: `10.0.${part * 16}.0/20` }),
    path: '$.regions[1].cidr',
  })),
  fc
    .oneof(fc.stringMatching(/^(aws|slipway):[a-z]*$/), fc.stringMatching(/^[a-z]*[,#äé][a-z]*$/), fc.constant('NAME'))
    .map((key) => ({ raw: { tags: { [key]: 'x' } }, path: '$.tags' })),
  fc
    .oneof(fc.stringMatching(/^.*[,#äé].*$/), notA('string'))
    .map((team) => ({ raw: { tags: { team } }, path: '$.tags.team' })),
  fc.constant({ raw: second({ region: 'us-east-1', cidr: '10.1.0.0/16' }), path: '$.regions[1].region' }),
);

/** A network of /16 to /20 in 10.0.0.0/8. */
const ownNetwork = fc
  .tuple(octet, octet, fc.integer({ min: 16, max: 20 }))
  .map(([second, third, prefix]) => `10.${second}.${third - (third % 2 ** (24 - prefix))}.0/${prefix}`);

const certificateIn = (region: string): string =>
  `arn:aws:acm:${region}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef`;

const ownRegions = fc.uniqueArray(fc.constantFrom(...knownRegions), { minLength: 1, maxLength: 16 }).chain((names) =>
  fc
    .tuple(
      fc.uniqueArray(ownNetwork, {
        minLength: names.length,
        maxLength: names.length,
        comparator: (one, other) => overlap(network(one), network(other)),
      }),
      fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }),
    )
    .map(([cidrs, https]) =>
      names.map((region, index) => ({
        region,
        cidr: cidrs[index],
        ...(https[index] === true ? { certificateArn: certificateIn(region) } : {}),
      })),
    ),
);

const ownTags = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_.:/=+@-]{0,20}$/), { maxLength: 20 })
  .filter((keys) => !keys.some((key) => /^(aws:|slipway:|name$)/.test(key)))
  .chain((keys) =>
    fc
      .array(fc.stringMatching(/^[A-Za-z0-9_.:/=+@-]{0,30}$/), { minLength: keys.length, maxLength: keys.length })
      .map((values) => Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']))),
  );

/** Inputs that are valid, up to the limits of what they may say. */
export const goodInput = fc.record({
  deployment: fc
    .stringMatching(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/)
    .filter((name) => !name.includes('--') && !name.startsWith('internal-')),
  zoneCount: fc.integer({ min: 2, max: 4 }),
  tags: ownTags,
  regions: ownRegions,
  app: fc.record({
    port: fc.integer({ min: 1024, max: 65_535 }),
    desiredCount: fc.integer({ min: 2, max: 10 }),
  }),
});
