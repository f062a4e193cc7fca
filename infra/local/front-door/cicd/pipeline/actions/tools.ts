import type { Clock } from '../../../clock.ts';
import type { RoleCaller } from '../../role-caller.ts';

export interface Answer {
  readonly approved: boolean;
  readonly summary: string;
  readonly by: string;
}

/** Open questions by token. */
export type Approvals = Map<string, (answer: Answer) => void>;

export interface ActionTools {
  /** Calls by the pipeline's role. */
  readonly caller: RoleCaller;
  readonly clock: Clock;
  readonly approvals: Approvals;
}
