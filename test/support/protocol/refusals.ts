import { asksOf } from './asks.ts';
import { cidrOf, type Thing } from './platform.ts';

interface Refused {
  readonly deployment: string;
  readonly regions?: readonly string[];
  readonly mode?: string;
}

/**
 * Why a first state was wrong to refuse an input.
 * @param own what stands of the deployment
 * @param known whether it was asked for last, and not its removal
 */
export function wronglyRefused(name: string, input: Refused, own: readonly Thing[], known: boolean): readonly string[] {
  const standing = own.filter(({ kind }) => kind === 'vpc');
  const primary = own.find(({ kind }) => kind === 'pipeline')?.region;
  if (name === 'validate-destroy') {
    const wanted = input.regions ?? standing.map(({ region }) => region);
    if (input.regions?.some((region) => region === primary)) return [];
    const stands = wanted.length > 0 && wanted.every((region) => standing.some((each) => each.region === region));
    return [
      ...(input.regions === undefined && known ? ['may not remove what was asked for'] : []),
      ...(stands ? ['may not remove what stands'] : []),
    ];
  }
  if (input.mode === 'reconcile') return [];
  const { regions } = asksOf(input);
  const meant = (thing: Thing): boolean =>
    regions.some(({ region, cidr }) => region === thing.region && cidr === cidrOf(thing));
  const moved = primary !== undefined && primary !== regions[0]?.region;
  return standing.every(meant) && !moved ? ['is refused, and nothing stands in its way'] : [];
}
