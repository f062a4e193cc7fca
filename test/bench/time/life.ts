import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { down, up } from '@slipway/local-cloud';
import { timings as timingsFile } from '../../../infra/cli/target.ts';
import { prefix } from '../../../workflow/machines.ts';
import { knownRegions } from '../../../workflow/regions.ts';
import { stages } from '../../../workflow/stages.ts';
import { deployKept } from '../../support/assembly.ts';
import { setFaults } from '../../support/own-cloud.ts';
import { memoryOf } from '../../support/process-group.ts';
import { Provisioner } from '../../support/provisioner.ts';
import { boundOf } from './bound.ts';
import { type Figures, figuresOf } from './figures.ts';
import { ganttOf } from './gantt.ts';
import { measure } from './measure.ts';
import { criticalCalls, lastRegion } from './path.ts';
import type { Result } from './print.ts';

const home = join(import.meta.dirname, '../../../.slipway');
const directory = join(home, 'bench', 'time');

interface Options {
  readonly scale: number;
  /** typical, p90, or a factor on the typical ones. */
  readonly durations: string;
  readonly latency: boolean;
  readonly regions: number;
  /** Names of the runs to make; of all of them where it is empty. */
  readonly runs: readonly string[];
  /** Where charts go. */
  readonly svg: string | undefined;
  readonly say: (line: string) => void;
}

/** The file of timings with what was asked for in the place of the typical ones. */
async function chosenTimings(which: 'typical' | 'p90', factor: number): Promise<string> {
  const all = JSON.parse(await readFile(timingsFile, 'utf8')) as Record<
    'seconds' | 'latencyMilliseconds',
    Record<string, { typical: number; p90: number }>
  >;
  for (const each of [...Object.values(all.seconds), ...Object.values(all.latencyMilliseconds)])
    each.typical = each[which] * factor;
  const file = join(directory, 'timings.json');
  await writeFile(file, JSON.stringify(all));
  return file;
}

/** Kilobytes of each function's code, by its name without the prefix. */
async function bundleSizes(): Promise<ReadonlyMap<string, number>> {
  const assembly = join(home, 'test-assembly');
  const { Resources } = JSON.parse(await readFile(join(assembly, 'Slipway.template.json'), 'utf8')) as {
    Resources: Readonly<Record<string, { Properties: { FunctionName?: string; Code?: { S3Key: string } } }>>;
  };
  const sizes = Object.values(Resources).map(async ({ Properties: { FunctionName, Code } }) => {
    if (FunctionName === undefined || Code === undefined) return [];
    const folder = join(assembly, `asset.${Code.S3Key.replace('.zip', '')}`);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.js'));
    const bytes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
    return [[FunctionName.replace(`${prefix}-`, ''), bytes.reduce((sum, size) => sum + size, 0) / 1024] as const];
  });
  return new Map((await Promise.all(sizes)).flat());
}

/** The diagrams' two first. */
function regionsOf(count: number): readonly { readonly region: string; readonly cidr: string }[] {
  const [first = '', ...others] = knownRegions;
  return [first, 'us-west-2', ...others.filter((region) => region !== 'us-west-2')]
    .slice(0, count)
    .map((region, index) => ({ region, cidr: `10.${index}.0.0/16` }));
}

/** Ends the cloud of a life that was left. */
export const endLife = (): Promise<unknown> => down(directory);

/** A platform's life on a cloud of its own, with EC2's request buckets, approved at once. */
export async function live(options: Options): Promise<Result> {
  const { scale, durations, latency, regions: count, runs, svg, say } = options;
  const which = durations === 'p90' ? 'p90' : 'typical';
  const factor = Number(durations) || 1;
  await down(directory);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const timings = await chosenTimings(which, factor);
  const cloud = await up({ directory, timings, port: 0, clockScale: scale, latency });
  const provisioner = new Provisioner(cloud);
  let peak = 0;
  let load = 0;
  const watching = setInterval(() => {
    void memoryOf(cloud.pids.frontDoor).then((now) => (peak = Math.max(peak, now)));
    load = Math.max(load, loadavg()[0] ?? 0);
  }, 2000);
  const figures: Figures[] = [];
  try {
    await deployKept(cloud, provisioner, { MaxReruns: '0', ProgressMails: 'milestones' });
    await setFaults(cloud, { faults: [{ do: 'throttle', buckets: true }] });
    const regions = regionsOf(count);
    const input = count === 2 ? {} : { regions };
    const work = [
      ['provision', 'provision', input],
      ['run again', 'provision', input],
      ['reconcile', 'provision', { mode: 'reconcile' }],
      ['change', 'provision', { ...input, app: { memory: 2048 } }],
      ['destroy', 'destroy', { empty: { images: true, artifacts: true, source: true } }],
    ] as const;
    for (const [name, machine, asked] of work) {
      if (runs.length > 0 && !runs.includes(name)) continue;
      say(`${count} regions, ${durations}: ${name} …`);
      const measured = await measure(provisioner, machine, asked);
      if (measured.end.status !== 'SUCCEEDED')
        throw new Error(`${name} ended as ${measured.end.status}: ${measured.end.cause}`);
      figures.push(figuresOf(name, measured, scale));
      if (svg === undefined) continue;
      const charts = join(svg, `${count}-${durations}`);
      await mkdir(charts, { recursive: true });
      const path = criticalCalls(measured.calls, measured.events);
      const last = lastRegion(measured.events);
      for (const { region } of regions) {
        const own = measured.events.filter((event) => event.region === region || event.region === undefined);
        const file = `${name.replaceAll(' ', '-')}-${region}.svg`;
        const chart = ganttOf(`${name}, ${region}`, own, region === last ? path : [], measured.started, scale);
        await writeFile(join(charts, file), chart);
      }
    }
  } finally {
    clearInterval(watching);
    provisioner.close();
    await down(directory);
  }
  const bundles = await bundleSizes();
  const stageBundles = stages.map(({ name }) => bundles.get(name) ?? 0);
  return {
    scale,
    durations,
    regions: count,
    bound: boundOf(which, factor),
    figures,
    planBundleKilobytes: Math.round(bundles.get('plan') ?? 0),
    stageBundleKilobytes: Math.round(Math.max(...stageBundles)),
    peakMemoryMegabytes: Math.round(peak / 1024 / 1024),
    peakLoad: load / availableParallelism(),
  };
}
