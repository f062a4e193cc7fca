// Writes workflow/OWNED.md anew.
import { join } from 'node:path';
import { prepare, root, runUnderNode24 } from '../infra/cli/prepare.mjs';

prepare();
process.env.SLIPWAY_WRITE_OWNED = 'yes';
process.exit(await runUnderNode24([join(root, 'node_modules/jest/bin/jest.js'), 'test/contract/owned.test.ts']));
