import { setTimeout as sleep } from 'node:timers/promises';
import type { Interceptor } from '../call.ts';
import type { Clock, Latencies } from '../clock.ts';

/** Each call of a Lambda takes as long as its service's on AWS, on the local clock, before it is answered. */
export const latency =
  (milliseconds: Latencies, clock: Clock): Interceptor =>
  async (call, next) => {
    if (call.principal.startsWith('lambda:'))
      await sleep(clock.milliseconds((milliseconds[call.service] ?? milliseconds.others) / 1000));
    return next(call);
  };
