import { join } from 'node:path';
import { checkPython, prepare, root, runUnderNode24 } from '../../infra/cli/prepare.mjs';

prepare();
checkPython();
process.exit(
  await runUnderNode24([
    '--disable-warning=ExperimentalWarning',
    join(root, 'test/bench/crash.ts'),
    ...process.argv.slice(2),
  ]),
);
