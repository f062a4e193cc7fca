/** The test account of the local cloud. */
export const account = '000000000000';

/** The one of its kind. */
export function only<Item>(items: readonly Item[] | undefined, what: string): Item {
  const [first, ...others] = items ?? [];
  if (first === undefined || others.length > 0)
    throw new Error(`${items?.length ?? 0} ${what} where there should be one`);
  return first;
}
