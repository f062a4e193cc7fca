#!/usr/bin/env node
import { join } from 'node:path';
import { checkPython, prepare, root, runUnderNode24 } from './prepare.mjs';

const needsLocalCloud = new Set(['demo', 'up']);

const args = process.argv.slice(2);
prepare();
if (needsLocalCloud.has(args[0])) checkPython();
process.exit(await runUnderNode24(['--disable-warning=ExperimentalWarning', join(root, 'infra/cli/main.ts'), ...args]));
