import type { Cloud, Scope, TagIndex } from './cloud.ts';

type Tags = Readonly<Record<string, string>>;

/** Pure: the tags for people that everything carries: its name in consoles, and those that the input asks for. */
export const tagsForPeople = (scope: Pick<Scope, 'deployment' | 'tags'>, key: string): Tags => ({
  Name: `${scope.deployment}-${key}`,
  ...scope.tags,
});

/**
 * The tags of those ARNs: from the region's index where the cloud is only read from, and by `read` what is not in there.
 * The index lags behind and leaves out what is not ours, so nothing counts as unmanaged by the index alone.
 * @param read the service's own answer, for the ARNs that it is given
 */
export async function tagsByArn(
  cloud: Cloud,
  arns: readonly string[],
  read: (arns: readonly string[]) => Promise<TagIndex>,
): Promise<TagIndex> {
  if (arns.length === 0) return new Map();
  const index = await cloud.snapshot?.tagIndex();
  const [known, unknown] = [arns.filter((arn) => index?.has(arn)), arns.filter((arn) => !index?.has(arn))];
  return new Map([
    ...known.map((arn) => [arn, index?.get(arn) ?? {}] as const),
    ...(unknown.length === 0 ? [] : await read(unknown)),
  ]);
}

/** The same for one ARN. */
export async function tagsOfArn(cloud: Cloud, arn: string, read: () => Promise<Tags>): Promise<Tags> {
  const tags = await tagsByArn(cloud, [arn], async () => new Map([[arn, await read()]]));
  return tags.get(arn) ?? {};
}
