import { join } from 'node:path';

/** The local cloud of test/emulator/workflow: its own, beside the one that a developer may have running. */
export const emulatorDirectory = join(import.meta.dirname, '../../.slipway/test-workflow');
