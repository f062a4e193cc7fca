// Plain JavaScript for the machine's own Node: what it starts runs under Node 24 (infra/cli/prepare.mjs).
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { checkPython, prepare } from '../infra/cli/prepare.mjs';
import { say, script, stopped } from './commands.mjs';
import { rows } from './gates.mjs';

const gates = rows.flat();

const help = `npm test                        every gate, in rising order of cost
npm test -- --only unit,infra   some of them
npm test -- test/unit/buildspec.test.ts
                                some test files, by jest (whose options go with them)

${gates.map(({ name, title }) => `  ${name.padEnd(10)}${title}`).join('\n')}

A gate that fails does not keep the others from running. The last line is the sum of all tests, with one for each gate
that is not a test suite: "N passed, N failed". The exit status is 0 only if nothing failed.`;

/** @returns {readonly import('./gates.mjs').Gate[]} */
function chosenGates() {
  const refuse = (message) => {
    process.stderr.write(`${message}\n\n${help}\n`);
    process.exit(2);
  };
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      say(help);
      process.exit(0);
    }
    if (values.only === undefined) return gates;
    const names = values.only.flatMap((list) => list.split(',')).map((name) => name.trim());
    const unknown = names.filter((name) => !gates.some((gate) => gate.name === name));
    if (unknown.length > 0) refuse(`There is no gate named ${unknown.join(', ')}.`);
    return gates.filter(({ name }) => names.includes(name));
  } catch (error) {
    return refuse(error.message);
  }
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const files = process.argv.slice(2).filter((argument) => argument.startsWith('test/'));
if (files.length > 0) {
  prepare();
  const { status } = await script('jest/bin/jest.js', [...process.argv.slice(2)]);
  process.exit(status);
}
const chosen = chosenGates();
const start = performance.now();
prepare();
if (chosen.some(({ name }) => ['contract', 'infra', 'local', 'emulator', 'recovery'].includes(name))) checkPython();

const lines = [];
const total = { passed: 0, failed: 0 };
async function report({ name, title, run: runGate }) {
  say(`\n── ${title} (${name})`);
  const since = performance.now();
  const { passed, failed, note } = await runGate();
  total.passed += passed;
  total.failed += failed;
  const result = note ?? `${passed} passed, ${failed} failed`;
  const mark = failed > 0 ? '✗' : passed > 0 ? '✓' : '–';
  const line = `${mark} ${title}: ${result} (${seconds(since)})`;
  lines.push(line);
  say(line);
}
for (const row of rows) {
  await Promise.all(row.filter((gate) => chosen.includes(gate)).map(report));
  if (stopped !== undefined) {
    say(`Stopped by ${stopped}.`);
    process.exit(128 + constants.signals[stopped]);
  }
}

say(`\nAll of it, in ${seconds(start)}:`);
for (const line of lines) say(line);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
