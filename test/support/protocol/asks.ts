import type { Validated } from '../../../workflow/documents.ts';
import { parseInput } from '../../../workflow/input.ts';
import type { Kind } from '../../../workflow/stages.ts';
import type { Thing } from './platform.ts';

/** What an input asks for, as far as the platform of the tests shows it. */
export interface Asks {
  readonly regions: readonly { readonly region: string; readonly cidr: string }[];
  readonly zones: number;
  readonly cpu: number;
  readonly alarm: number;
  readonly branch: string;
}

/** Equal for inputs that ask for the same. */
export const contentOf = (asks: Asks): string => JSON.stringify(asks);

export function asksOf(raw: unknown): Asks {
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new TypeError('the tests ask for what can be asked for');
  const { regions, zoneCount, app, alarms, pipeline } = parsed.input;
  return {
    regions: regions.map(({ region, cidr }) => ({ region, cidr })),
    ...{ zones: zoneCount, cpu: app.cpu, alarm: alarms.cpuPercent, branch: pipeline.branch },
  };
}

/** What a run works towards. */
export function askedBy(regions: Validated['regions']): Asks {
  const [first] = regions;
  return {
    regions: regions.map(({ region, network: { cidr } }) => ({ region, cidr })),
    zones: first?.network.zones.length ?? 0,
    cpu: first?.app.cpu ?? 0,
    alarm: first?.alarms.cpuPercent ?? 0,
    branch: first?.pipeline.branch ?? '',
  };
}

/**
 * Whether production has to be changed for a content, or something removed.
 * @param things of the deployment
 */
export function touchesProduction(things: readonly Thing[], content: string): boolean {
  const { regions, zones, cpu, alarm } = JSON.parse(content) as Asks;
  return regions.some(({ region }) => {
    const of = (kind: Kind): readonly Thing[] => things.filter((each) => each.region === region && each.kind === kind);
    const [production] = of('service').filter(({ key }) => key === 'production');
    const specOf = (thing: Thing | undefined): Readonly<Record<string, unknown>> => ({ ...thing?.spec });
    return (
      of('nat-gateway').length !== zones ||
      specOf(production).cpu !== cpu ||
      of('alarm').length === 0 ||
      specOf(of('alarm')[0]).cpuPercent !== alarm
    );
  });
}

/**
 * What is not as a content asks, staging as well as production.
 * @param things of the deployment
 */
export function unlike(things: readonly Thing[], content: string): readonly Thing[] {
  const { cpu, alarm, regions } = JSON.parse(content) as Asks;
  return things.filter((thing) => {
    if (!regions.some(({ region }) => region === thing.region)) return false;
    const { cpu: has = cpu, cpuPercent = alarm } = thing.spec as { cpu?: number; cpuPercent?: number };
    return has !== cpu || cpuPercent !== alarm;
  });
}
