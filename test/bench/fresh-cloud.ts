import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { down, type FaultPlan, type FaultStatus, type LocalCloud, up } from '@slipway/local-cloud';
import { timings } from '../../infra/cli/target.ts';
import { deployKept } from '../support/assembly.ts';
import { Provisioner } from '../support/provisioner.ts';

const projectRoot = join(import.meta.dirname, '../..');

/** Clouds for measurements live here, one directory each. */
const benchDirectory = join(projectRoot, '.slipway', 'bench');

/** What fails stays so until it is started again here, and every step is told. */
const parameters = { MaxReruns: '0', ProgressMails: 'steps' };

export interface FreshCloud {
  readonly cloud: LocalCloud;
  readonly provisioner: Provisioner;
  setFaults(plan: FaultPlan): Promise<void>;
  /** Ends every fault and lets go what is held. */
  clearFaults(): Promise<void>;
  faults(): Promise<FaultStatus>;
  end(): Promise<void>;
}

/** Clouds one after another, each empty but for the deployed provisioner, of which the assembly is kept beforehand. */
export class CloudFactory {
  readonly #directory: string;
  readonly #clockScale: number;
  readonly #started = new Set<string>();
  #forgotten = false;

  constructor(name: string, clockScale: number) {
    this.#directory = join(benchDirectory, name);
    this.#clockScale = clockScale;
  }

  /** Whether no further cloud is started. */
  get forgotten(): boolean {
    return this.#forgotten;
  }

  /** Does the work on a fresh cloud, which ends with it. */
  async on<Answer>(name: string, work: (fresh: FreshCloud) => Promise<Answer>): Promise<Answer> {
    const fresh = await this.#start(name);
    try {
      return await work(fresh);
    } finally {
      await fresh.end();
    }
  }

  async #start(name: string): Promise<FreshCloud> {
    if (this.#forgotten) throw new Error('no cloud is started any more');
    const directory = join(this.#directory, name);
    await down(directory);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    this.#started.add(directory);
    const cloud = await up({ directory, timings, port: 0, clockScale: this.#clockScale });
    try {
      if (this.#forgotten) throw new Error('no cloud is started any more');
      const provisioner = new Provisioner(cloud);
      await deployKept(cloud, provisioner, parameters);
      return freshCloud(cloud, provisioner);
    } catch (error) {
      await down(directory);
      throw error;
    }
  }

  /** Ends the clouds that still run. */
  async forget(): Promise<void> {
    this.#forgotten = true;
    for (const directory of this.#started) await down(directory);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function freshCloud(cloud: LocalCloud, provisioner: Provisioner): FreshCloud {
  const ask = async (method: string, plan?: FaultPlan): Promise<FaultStatus> => {
    const reply = await fetch(`${cloud.endpoint}/_slipway/faults`, {
      method,
      ...(plan === undefined ? {} : { body: JSON.stringify(plan) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(text);
    return JSON.parse(text) as FaultStatus;
  };
  return {
    cloud,
    provisioner,
    setFaults: async (plan) => {
      await ask('PUT', plan);
    },
    clearFaults: async () => {
      await ask('DELETE');
    },
    faults: () => ask('GET'),
    end: async () => {
      provisioner.close();
      await down(cloud.directory);
      await rm(cloud.directory, { recursive: true, force: true });
    },
  };
}
