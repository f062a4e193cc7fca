import { type Call, type Handlers, jsonReply, type Parameters } from '../call.ts';
import { remembered } from '../memo.ts';

/** An operation of a service that lives in the front door: parameters in, document out, refusals as ServiceError. */
export type Operation<State> = (parameters: Parameters, state: State, call: Call) => unknown;

/** Handlers of a service that ministack does not have; each region has a state of its own, as on AWS. */
export function jsonService<State>(
  service: string,
  newState: (region: string) => State,
  operations: Readonly<Record<string, Operation<State>>>,
): Handlers {
  const states = new Map<string, State>();
  return Object.fromEntries(
    Object.entries(operations).map(([action, operation]) => [
      `${service}:${action}`,
      async (call: Call) => {
        const state = remembered(states, call.region, () => newState(call.region));
        return jsonReply((await operation(call.parameters, state, call)) ?? {});
      },
    ]),
  );
}

/** One page of a list: at most `limit` entries from where the token says. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  token: string | undefined,
): { items: Item[]; nextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  const end = start + limit;
  const some = items.slice(start, end);
  return end < items.length
    ? { items: some, nextToken: Buffer.from(String(end)).toString('base64url') }
    : { items: some };
}
