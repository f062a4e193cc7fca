import { SFNClient } from '@aws-sdk/client-sfn';
import { parseDestroyInput } from '../../workflow/destroy-input.ts';
import type { DestroyRun, Execution } from '../../workflow/documents.ts';
import { problemsText } from '../../workflow/input.ts';
import { cloudIn } from '../aws/clients.ts';
import { stillRuns } from '../aws/executions.ts';
import { InputError } from '../errors.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { acquireLock } from '../store/lock.ts';
import { readConfig, writeLatest } from '../store/reports.ts';

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
    if ('problems' in parsed) {
      throw new InputError(`the input is refused, nothing was changed:\n${problemsText(parsed.problems)}`);
    }
    const { deployment, empty, approval } = parsed.input;
    const { table } = home();
    const known = await readConfig(table, deployment);
    if (known === undefined) {
      throw new InputError(
        `$.deployment: no deployment ${deployment} was provisioned here, or it is destroyed already`,
      );
    }
    const stepFunctions = cloudIn({ region: environment('AWS_REGION') }).client(SFNClient);
    const fence = await acquireLock(table, deployment, execution, (holder) => stillRuns(stepFunctions, holder));
    await writeLatest(table, deployment, execution.arn);
    return { deployment, execution, fence, approval, regions: known.regions, empty };
  },
);
