import { down } from '@slipway/local-cloud';
import { emulatorDirectory } from './emulator-directory.ts';

/** jest's globalTeardown of the project `emulator`: ends every process of the shared local cloud, passed or failed. */
export default async function tearDown(): Promise<void> {
  await down(emulatorDirectory);
}
