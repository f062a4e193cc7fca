import { rm } from 'node:fs/promises';
import { down } from '@slipway/local-cloud';
import { emulatorDirectory } from './emulator-directory.ts';

/**
 * jest's globalSetup of the project `emulator`: removes what an interrupted run left behind. The cloud itself is started
 * by the first file that wants it (provisioned-cloud.ts), since other files of the project start their own.
 */
export default async function setUp(): Promise<void> {
  await down(emulatorDirectory);
  await rm(emulatorDirectory, { recursive: true, force: true });
  // jest runs no teardown when it is interrupted.
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void down(emulatorDirectory).finally(() => process.exit(status)));
  }
}
