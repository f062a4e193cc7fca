import { setTimeout as sleep } from 'node:timers/promises';
import type { Interceptor } from '../call.ts';

/** Each call of a Lambda takes that long before it is answered, as on AWS. */
export const latency =
  (milliseconds: number): Interceptor =>
  async (call, next) => {
    if (call.principal.startsWith('lambda:')) await sleep(milliseconds);
    return next(call);
  };
