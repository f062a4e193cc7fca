// Runs a TypeScript file of ours under Node 24: node test/node24.mjs FILE ARGUMENT …
import { checkPython, prepare, runUnderNode24 } from '../infra/cli/prepare.mjs';

prepare();
checkPython();
process.exit(await runUnderNode24(process.argv.slice(2)));
