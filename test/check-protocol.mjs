// workflow/PROTOCOL.md under more sequences than `npm test` has time for; repeats one that failed by what its failure names.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root, runUnderNode24 } from '../infra/cli/prepare.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Math.trunc(Math.random() * 1e6)) },
    path: { type: 'string' },
    'replay-path': { type: 'string' },
  },
});
for (const [name, value] of Object.entries(values))
  process.env[`PROTOCOL_${name.toUpperCase().replace('-', '_')}`] = value;
prepare();
process.exit(await runUnderNode24([join(root, 'node_modules/jest/bin/jest.js'), 'test/protocol']));
