import * as z from 'zod';
import type { Connection, RegionConfig } from './config.ts';
import { misplaced } from './misplaced.ts';
import type { Problem } from './problems.ts';

const notReserved = /^(?!(HEAD|[0-9a-f]{40})$)/;
/** No component starts with a dot or ends in `.lock`, the first one does not start with a hyphen, and the last does not end with a dot. */
const components = /^(?!-)(?!.*\.\.)((?!\.)[\w.-]+(?<!\.lock)(\/(?!$)|$))+(?<!\.)$/;

/** As `git check-ref-format --branch` and CodeCommit take it, in ASCII. */
export const branchName = z
  .string()
  .max(100)
  .regex(notReserved, 'a name that Git and CodeCommit do not take for a branch')
  .regex(components, 'not a branch name that Git and CodeCommit take');

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
  if (source === undefined) return problems;
  return [
    ...problems,
    ...misplaced('connection', source.connectionArn, 'pipeline', place).map((message) => ({
      path: '$.pipeline.source.connectionArn',
      message,
    })),
  ];
}
