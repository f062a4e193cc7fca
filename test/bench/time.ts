/**
 * `npm run bench`: a platform's whole life in AWS's own time, on the local cloud: what it takes, beside what AWS alone
 * would take, and how many calls it makes. `--help` says what else.
 */

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, up } from '@slipway/local-cloud';
import { timings as timingsFile } from '../../infra/cli/target.ts';
import keepAssembly, { deployKept } from '../support/assembly.ts';
import { memoryOf } from '../support/process-group.ts';
import { Provisioner } from '../support/provisioner.ts';
import { boundOf } from './time/bound.ts';
import { type Figures, figuresOf } from './time/figures.ts';
import { ganttOf } from './time/gantt.ts';
import { measure } from './time/measure.ts';
import { comparison, table } from './time/print.ts';

const help = `npm run bench -- [options]

  --clock-scale S       AWS's durations times S (default 1: real time, in which this machine is not the limit)
  --durations W         typical, p90, or a factor on the typical ones, such as 0.8 (default typical)
  --no-latency          calls take no time of AWS's
  --regions N           the diagrams' two by default, at most 6, as in an input
  --json FILE           the figures as JSON
  --compare FILE        what became better or worse than in that file
  --svg DIRECTORY       a Gantt chart of each run for each region

It provisions, approves at once, starts again, changes the tasks' memory, and destroys. Times are seconds on AWS's clock.`;

const { values } = parseArgs({
  options: {
    'clock-scale': { type: 'string', default: '1' },
    durations: { type: 'string', default: 'typical' },
    'no-latency': { type: 'boolean', default: false },
    regions: { type: 'string', default: '2' },
    json: { type: 'string' },
    compare: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}

/** The diagrams' first. */
const allRegions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1'];

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const scale = Number(values['clock-scale']);
const which = values.durations === 'p90' ? 'p90' : 'typical';
const factor = Number(values.durations) || 1;
const directory = join(import.meta.dirname, '../../.slipway/bench/time');

/** The file of timings with what was asked for in the place of the typical ones. */
async function chosenTimings(): Promise<string> {
  const all = JSON.parse(await readFile(timingsFile, 'utf8')) as Record<
    'seconds' | 'milliseconds',
    Record<string, { typical: number; p90: number }>
  >;
  for (const each of [...Object.values(all.seconds), ...Object.values(all.milliseconds)])
    each.typical = each[which] * factor;
  const file = join(directory, 'timings.json');
  await writeFile(file, JSON.stringify(all));
  return file;
}

/** Kilobytes of the largest and of all bundles. */
async function bundleSizes(): Promise<readonly [largest: number, all: number]> {
  const home = join(import.meta.dirname, '../../.slipway/test-assembly');
  const assets = (await readdir(home)).filter((name) => name.startsWith('asset.'));
  const sizes = await Promise.all(
    assets.map(async (name) => {
      const files = (await readdir(join(home, name))).filter((file) => file.endsWith('.js'));
      const bytes = await Promise.all(files.map(async (file) => (await stat(join(home, name, file))).size));
      return bytes.reduce((sum, size) => sum + size, 0) / 1024;
    }),
  );
  return [Math.max(...sizes), sizes.reduce((sum, size) => sum + size, 0)];
}

await down(directory);
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
say('deploying …');
await keepAssembly();
const cloud = await up({
  directory,
  timings: await chosenTimings(),
  port: 0,
  clockScale: scale,
  latency: !values['no-latency'],
});
const provisioner = new Provisioner(cloud);
let peak = 0;
const watching = setInterval(
  () => void memoryOf(cloud.pids.frontDoor).then((now) => (peak = Math.max(peak, now))),
  2000,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void down(directory).finally(() => process.exit(130)));
const figures: Figures[] = [];
try {
  await deployKept(cloud, provisioner, { MaxReruns: '0', ProgressMails: 'milestones' });
  const regions = allRegions
    .slice(0, Number(values.regions))
    .map((region, index) => ({ region, cidr: `10.${index}.0.0/16` }));
  const input = Number(values.regions) === 2 ? {} : { regions };
  const work = [
    ['provision', 'provision', input],
    ['run again', 'provision', input],
    ['reconcile', 'provision', { mode: 'reconcile' }],
    ['change', 'provision', { ...input, app: { memory: 2048 } }],
    ['destroy', 'destroy', { empty: { images: true, artifacts: true, source: true } }],
  ] as const;
  for (const [name, machine, asked] of work) {
    say(`${name} …`);
    const measured = await measure(provisioner, machine, asked);
    if (measured.end.status !== 'SUCCEEDED')
      throw new Error(`${name} ended as ${measured.end.status}: ${measured.end.cause}`);
    figures.push(figuresOf(name, measured, scale));
    if (values.svg === undefined) continue;
    await mkdir(values.svg, { recursive: true });
    for (const { region } of regions) {
      const own = measured.events.filter((event) => event.region === region || event.region === undefined);
      const file = `${name.replaceAll(' ', '-')}-${region}.svg`;
      await writeFile(join(values.svg, file), ganttOf(`${name}, ${region}`, own, measured.started, scale));
    }
  }
} finally {
  clearInterval(watching);
  provisioner.close();
  await down(directory);
}
const [largest, allBundles] = await bundleSizes();
const result = {
  scale,
  durations: values.durations,
  regions: Number(values.regions),
  bound: boundOf(which, factor),
  figures,
  largestBundleKilobytes: Math.round(largest),
  bundlesKilobytes: Math.round(allBundles),
  peakMemoryMegabytes: Math.round(peak / 1024 / 1024),
};
process.stdout.write(table(result));
if (values.compare !== undefined)
  process.stdout.write(comparison(JSON.parse(await readFile(values.compare, 'utf8')) as typeof result, result));
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(result, null, 2));
