import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, type LocalCloud, up } from '@slipway/local-cloud';
import { timings } from '../../../infra/cli/target.ts';

/** A local cloud of a test's own, on free ports. */
export async function startTestCloud(clockScale = 0.02): Promise<LocalCloud> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  try {
    return await up({ directory, timings, port: 0, clockScale });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

export async function stopTestCloud(cloud: LocalCloud | undefined): Promise<void> {
  if (cloud === undefined) return;
  await down(cloud.directory);
  await rm(cloud.directory, { recursive: true, force: true });
}

/** What any SDK client needs to talk to the cloud. */
export const clientOptions = (cloud: LocalCloud, region = 'us-east-1') => ({
  endpoint: cloud.endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

/** Asks until the answer satisfies; the last answer is part of the failure. */
export async function waitFor<Answer>(
  ask: () => Promise<Answer>,
  satisfied: (answer: Answer) => boolean,
  { within = 20_000 }: { within?: number } = {},
): Promise<Answer> {
  const limit = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (Date.now() > limit) throw new Error(`not within ${within} ms; last: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}
