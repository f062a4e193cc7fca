// Writes workflow/READS.md anew: one reconcile on a local cloud of its own, about a minute.
import { join } from 'node:path';
import { checkPython, prepare, root, runUnderNode24 } from '../infra/cli/prepare.mjs';

prepare();
checkPython();
process.env.SLIPWAY_WRITE_READS = 'yes';
process.exit(
  await runUnderNode24([join(root, 'node_modules/jest/bin/jest.js'), 'test/emulator/workflow/rerun.test.ts']),
);
