import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/**
 * An app of nothing, before lambdas/image asks where the app is. Every start computes the image: the real one would take
 * most of the tests' time.
 */
const directory = mkdtempSync(join(tmpdir(), 'slipway-app-'));
mkdirSync(join(directory, 'app/src'), { recursive: true });
for (const file of ['package.json', 'src/server.ts']) writeFileSync(join(directory, 'app', file), '');
afterAll(() => rmSync(directory, { recursive: true, force: true }));
process.env.LAMBDA_TASK_ROOT = directory;
