import { answered, startMachine } from '../../support/own-cloud.ts';
import { changesOf, type Ended, type Provisioner } from '../../support/provisioner.ts';

/** A run that asks once, and what it asked. */
export interface Asked {
  readonly ended: Ended;
  readonly subject: string;
  readonly message: string;
  /** Calls that changed the platform before anybody had answered. */
  readonly before: readonly string[];
}

export async function asked(
  provisioner: Provisioner,
  work: object,
  decision: 'approve' | 'reject' = 'approve',
): Promise<Asked> {
  const calls = (await provisioner.calls()).length;
  const execution = await startMachine(provisioner, 'provision', work);
  const { mail } = await provisioner.question(execution);
  const before = changesOf((await provisioner.calls()).slice(calls));
  const ended = await answered(provisioner, execution, decision);
  return { ended, subject: mail.subject, message: mail.message, before };
}

/** Requests a page again and again until the work is done: one line for each request that was not well. */
export async function whileRequesting<Answer>(url: string, work: () => Promise<Answer>) {
  let done = false;
  let requests = 0;
  const interruptions: string[] = [];
  const requesting = (async () => {
    while (!done) {
      requests += 1;
      const status = await fetch(url).then(
        (reply) => reply.status,
        (error: Error) => error.message,
      );
      if (status !== 200) interruptions.push(`request ${requests}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    return { answer: await work(), interruptions, requests: () => requests };
  } finally {
    done = true;
    await requesting;
  }
}
