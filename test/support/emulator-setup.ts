import { rm } from 'node:fs/promises';
import { down } from '@slipway/local-cloud';
import { emulatorDirectory } from './emulator-directory.ts';
import { endOnSignals } from './end-on-signals.ts';

/**
 * jest's globalSetup of the project `emulator`: removes what an interrupted run left behind. The cloud itself is started
 * by the first file that wants it (provisioned-cloud.ts), since other files of the project start their own.
 */
export default async function setUp(): Promise<void> {
  await down(emulatorDirectory);
  await rm(emulatorDirectory, { recursive: true, force: true });
  endOnSignals(() => [emulatorDirectory]);
}
