import type { Handlers } from './call.ts';
import type { Clock } from './clock.ts';
import type { Emulator } from './emulator.ts';

export interface Surroundings {
  readonly emulator: Emulator;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Everything that the front door adds to ministack, by `service:Action`. */
export function servicesOf(_surroundings: Surroundings): { handlers: Handlers } {
  return { handlers: {} };
}
