/**
 * `npm run bench`: a platform's whole life in AWS's own time, on the local cloud: what it takes, beside what AWS alone
 * would take, and how many calls it makes. `--help` says what else.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import keepAssembly from '../support/assembly.ts';
import { endLife, live } from './time/life.ts';
import { comparison, type Result, series, table } from './time/print.ts';

const help = `npm run bench -- [options]

  --clock-scale S       AWS's durations times S (default 1: real time, in which this machine is not the limit)
  --durations W,…       typical, p90, or a factor on the typical ones, such as 0.8 (default typical)
  --regions N,…         the diagrams' two by default, at most 16, as in an input
  --runs NAME,…         only these: provision, run again, reconcile, change, destroy
  --no-latency          calls take no time of AWS's
  --json FILE           the figures as JSON
  --compare FILE        what became better or worse than in that file
  --svg DIRECTORY       a Gantt chart of each run for each region, the critical path in red

It provisions, approves at once, starts again, changes the tasks' memory, and destroys; once for each pair of regions and
durations. EC2's request buckets are enforced, in real time. Times are seconds on AWS's clock.

The critical path is that of the region that ended last: from its end backwards, each time the call that ended last before
the next one began. Calls to IAM, the table and SNS may be another region's, so that it is an upper bound.`;

const { values } = parseArgs({
  options: {
    'clock-scale': { type: 'string', default: '1' },
    durations: { type: 'string', default: 'typical' },
    regions: { type: 'string', default: '2' },
    runs: { type: 'string', default: '' },
    'no-latency': { type: 'boolean', default: false },
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

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void endLife().finally(() => process.exit(130)));

say('deploying …');
await keepAssembly();
const results: Result[] = [];
for (const regions of values.regions.split(',').map(Number))
  for (const durations of values.durations.split(',')) {
    const result = await live({
      scale: Number(values['clock-scale']),
      durations,
      latency: !values['no-latency'],
      regions,
      runs: values.runs.split(',').filter((name) => name !== ''),
      svg: values.svg,
      say,
    });
    results.push(result);
    process.stdout.write(`${table(result)}\n`);
  }
if (results.length > 1) process.stdout.write(series(results));
if (values.compare !== undefined) {
  const before = [JSON.parse(await readFile(values.compare, 'utf8')) as Result | Result[]].flat();
  for (const now of results) {
    const same = before.find((each) => each.regions === now.regions && each.durations === now.durations);
    if (same !== undefined) process.stdout.write(comparison(same, now));
  }
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 2));
