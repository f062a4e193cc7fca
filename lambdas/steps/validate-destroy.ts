import { SFNClient } from '@aws-sdk/client-sfn';
import type { RegionConfig } from '../../workflow/config.ts';
import { type DestroyInput, parseDestroyInput } from '../../workflow/destroy-input.ts';
import type { DestroyRun, Execution } from '../../workflow/documents.ts';
import type { Problem } from '../../workflow/problems.ts';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { askedWrite } from '../store/asked.ts';
import { readReached } from '../store/deployments.ts';
import { keepConfig, keeper } from '../store/kept.ts';
import { latestWrite } from '../store/reports.ts';
import { transact } from '../store/table.ts';
import { refused } from './refused.ts';
import { takeLock } from './take-lock.ts';

/**
 * The first state of `destroy`.
 * @throws {InputError} when the input is refused, or nothing is known of the deployment
 * @throws {LockedError} when another execution works on the deployment
 */
export const handler = handlerOf(
  async ({
    input: raw,
    execution,
  }: {
    readonly input: unknown;
    readonly execution: Execution;
  }): Promise<DestroyRun> => {
    const parsed = parseDestroyInput(raw);
    if ('problems' in parsed) throw refused(parsed.problems);
    const { deployment, empty, approval } = parsed.input;
    const { table } = home();
    const reached = await readReached(table, deployment);
    const problems = regionProblems(parsed.input, reached);
    if (problems.length > 0) throw refused(problems);
    const regions = reached.filter(({ region }) => parsed.input.regions?.includes(region) !== false);
    const stepFunctions = cloudIn({ region: environment('AWS_REGION') }).client(SFNClient);
    const fence = await takeLock(table, deployment, execution, stepFunctions);
    const { keep, writes } = keeper(table, execution.arn);
    const kept = regions.map((each) => keepConfig(keep, each));
    const asked = [askedWrite(table, deployment, execution), latestWrite(table, deployment, execution.arn)];
    await transact(table, [...writes, ...asked], 'what is asked for, and the configuration of the regions');
    return { deployment, execution, fence, approval, regions: kept, whole: regions.length === reached.length, empty };
  },
);

/** Problems of a `destroy` input, given the regions that any run may have built in. */
function regionProblems({ deployment, regions }: DestroyInput, reached: readonly RegionConfig[]): readonly Problem[] {
  if (reached.length === 0) {
    return [
      {
        path: '$.deployment',
        message: `no deployment ${deployment} was provisioned here, or it has been destroyed already`,
      },
    ];
  }
  return (regions ?? []).flatMap((region, index) => {
    const path = `$.regions[${index}]`;
    const known = reached.find((each) => each.region === region);
    if (known === undefined) return [{ path, message: `${deployment} has nothing in ${region}` }];
    return known.primary && reached.length > (regions ?? []).length
      ? [{ path, message: `CI/CD for the other regions runs in ${region}: destroy the whole deployment` }]
      : [];
  });
}
