import type { Connection, RegionConfig } from './config.ts';
import type { Problem } from './problems.ts';

/**
 * Why the pipeline could not take its source from there.
 * @param place of the pipeline
 * @param standing the deployment as it was wanted last; undefined for a new one
 */
export function sourceProblems(
  source: Connection | undefined,
  place: Pick<RegionConfig, 'partition' | 'account' | 'region'>,
  standing: Pick<RegionConfig, 'pipeline'> | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  if (standing !== undefined && (standing.pipeline.source === undefined) !== (source === undefined))
    problems.push({
      path: '$.pipeline.source',
      message:
        source === undefined
          ? `the deployment takes its source from ${standing.pipeline.source?.repository}: name that again, or use another deployment name`
          : 'the deployment has a repository in CodeCommit, which would be lost: use another deployment name',
    });
  const [, partition, , region, account] = source?.connectionArn.split(':') ?? [];
  const wrong = (
    [
      ['partition', partition, place.partition],
      ['account', account, place.account],
      ['region', region, place.region],
    ] as const
  ).filter(([, found, wanted]) => source !== undefined && found !== wanted);
  return [
    ...problems,
    ...wrong.map(([what, found, wanted]) => ({
      path: '$.pipeline.source.connectionArn',
      message: `the connection is in the ${what} ${found}, and the pipeline in ${wanted}: name one that is there`,
    })),
  ];
}
