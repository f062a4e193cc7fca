import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type LocalCloud, running, up } from '@slipway/local-cloud';
import { deployToLocalCloud } from '../../infra/cli/deploy.ts';
import { timings } from '../../infra/cli/target.ts';
import type { Report } from '../../workflow/report.ts';
import { emulatorDirectory } from './emulator-directory.ts';
import { platformInput } from './platform-input.ts';
import { memoryOf } from './process-group.ts';
import { type Ended, Provisioner } from './provisioner.ts';
import { waitFor } from './wait-for.ts';

/** A NAT gateway's 106 s take 2 s. At 0.01 a Lambda's cold start would count as 40 s. */
const clockScale = 0.02;

/** The run that provisioned `platform`, for the files that read what it left. */
interface FirstRun extends Ended {
  readonly report: Report;
  /** Bytes, front door, emulator, Lambdas and tasks together; 0 where there is no /proc. */
  readonly peakMemory: number;
  /** How many calls the cloud had recorded when it ended. */
  readonly recorded: number;
}

export interface ProvisionedCloud {
  readonly cloud: LocalCloud;
  readonly provisioner: Provisioner;
  readonly first: FirstRun;
}

const paths = {
  turn: join(emulatorDirectory, 'turn'),
  firstRun: join(emulatorDirectory, 'first-run.json'),
  failure: join(emulatorDirectory, 'failure.txt'),
};

/** Generous: a file may wait for others to have had their turn. */
const turnLimit = 900_000;

/**
 * For a test file: the local cloud with the deployed provisioner and the provisioned platform, made by the first file
 * that asks. Files have it one after another, even where jest runs them side by side: some of them read the record of
 * calls, where nobody can tell whose call it was.
 */
export function useProvisionedCloud(): () => ProvisionedCloud {
  let provisioned: ProvisionedCloud | undefined;
  beforeAll(async () => {
    await takeTurn();
    provisioned = await readyCloud();
  }, turnLimit);
  afterAll(async () => {
    provisioned?.provisioner.close();
    await rm(paths.turn, { force: true });
  });
  return () => {
    if (provisioned === undefined) throw new Error('the local cloud is not ready before the first test');
    return provisioned;
  };
}

/** A file that exists while a test file has its turn; it names the process, so that a dead one's turn is over. */
async function takeTurn(): Promise<void> {
  await mkdir(emulatorDirectory, { recursive: true });
  await waitFor(
    'the turn of this test file',
    async () => {
      try {
        const file = await open(paths.turn, 'wx');
        await file.writeFile(String(process.pid));
        await file.close();
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = Number(await readFile(paths.turn, 'utf8').catch(() => ''));
        if (holder !== 0 && !existsSync(`/proc/${holder}`) && existsSync('/proc'))
          await rm(paths.turn, { force: true });
        return false;
      }
    },
    { within: turnLimit },
  );
}

async function readyCloud(): Promise<ProvisionedCloud> {
  if (existsSync(paths.failure)) throw new Error(`not tried again: ${await readFile(paths.failure, 'utf8')}`);
  const known = await running(emulatorDirectory);
  if (known !== undefined && existsSync(paths.firstRun)) {
    return {
      cloud: known,
      provisioner: new Provisioner(known),
      first: JSON.parse(await readFile(paths.firstRun, 'utf8')) as FirstRun,
    };
  }
  try {
    const cloud = await up({ directory: emulatorDirectory, timings, port: 0, clockScale });
    await deployToLocalCloud(cloud, () => {}, { MaxReruns: '0', ProgressMails: 'steps' });
    const provisioner = new Provisioner(cloud);
    const first = await provisionPlatform(provisioner);
    await writeFile(paths.firstRun, JSON.stringify(first));
    return { cloud, provisioner, first };
  } catch (error) {
    await writeFile(paths.failure, `the platform could not be provisioned: ${String(error)}`);
    throw error;
  }
}

async function provisionPlatform(provisioner: Provisioner): Promise<FirstRun> {
  let peakMemory = 0;
  const measure = async (): Promise<void> => {
    peakMemory = Math.max(peakMemory, await memoryOf(provisioner.cloud.pids.frontDoor));
  };
  const measuring = process.platform === 'linux' ? setInterval(() => void measure(), 500) : undefined;
  try {
    const execution = await provisioner.start(platformInput);
    const question = await provisioner.question(execution);
    await question.answer({ decision: 'approve', by: 'the tests' });
    const ended = await provisioner.end(execution);
    const { report } = ended;
    if (report?.outcome !== 'succeeded') throw new Error(`it ended as ${ended.status}: ${ended.error}: ${ended.cause}`);
    return { ...ended, report, peakMemory, recorded: (await provisioner.calls()).length };
  } finally {
    clearInterval(measuring);
  }
}
