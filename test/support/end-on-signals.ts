import { down } from '@slipway/local-cloud';

/**
 * For jest's globalSetup: jest runs no teardown when it is interrupted, or ended because a gate takes too long.
 * @param directories of the local clouds that are ended then
 */
export function endOnSignals(directories: () => readonly string[]): void {
  const end = async (): Promise<void> => {
    await Promise.all(directories().map((directory) => down(directory)));
  };
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void end().finally(() => process.exit(status)));
  }
}
