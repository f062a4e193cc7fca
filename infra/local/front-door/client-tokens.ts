import { bytes, type Call, type Interceptor, type Parameters, type Reply, ServiceError, withBody } from './call.ts';

interface Remembered {
  readonly parameters: string;
  readonly reply: Promise<Reply>;
}

/** Everything that the caller asked for, apart from the token and the protocol's own members. */
function asked(parameters: Parameters): string {
  const { ClientToken: _ec2, clientToken: _json, Action: _action, Version: _version, ...rest } = parameters;
  return JSON.stringify(rest, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/**
 * Honours client tokens: the same token and parameters get the first reply again, other parameters are refused.
 * AWS keeps tokens about 24 hours, longer than any local cloud lives. Failures are not kept.
 */
export function clientTokens(): Interceptor {
  const known = new Map<string, Remembered>();
  return async (call: Call, next) => {
    const token = call.parameters.ClientToken ?? call.parameters.clientToken;
    if (typeof token !== 'string' || token === '') return next(call);
    const key = `${call.service}:${call.region}:${call.action}:${token}`;
    const parameters = asked(call.parameters);
    const earlier = known.get(key);
    if (earlier !== undefined) {
      if (earlier.parameters !== parameters) {
        const code = call.service === 'ec2' ? 'IdempotentParameterMismatch' : 'ClientException';
        throw new ServiceError(code, 'the client token was used with other parameters before');
      }
      return earlier.reply;
    }
    const reply = (async () => {
      const fresh = await next(call);
      return withBody(fresh, await bytes(fresh));
    })();
    known.set(key, { parameters, reply });
    try {
      const settled = await reply;
      if (settled.status >= 300) known.delete(key);
      return settled;
    } catch (error) {
      known.delete(key);
      throw error;
    }
  };
}

/** One at a time for each key, so that look and change can't be interleaved with another caller's. */
export function oneAtATime(keyOf: (call: Call) => string): Interceptor {
  const last = new Map<string, Promise<unknown>>();
  return (call, next) => {
    const key = keyOf(call);
    const turn = (last.get(key) ?? Promise.resolve()).then(
      () => next(call),
      () => next(call),
    );
    last.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  };
}

/** The interceptors one after the other, as one. */
export function all(...interceptors: readonly Interceptor[]): Interceptor {
  return (call, next) =>
    interceptors.reduceRight<(call: Call) => Promise<Reply>>(
      (inner, interceptor) => (c) => interceptor(c, inner),
      next,
    )(call);
}
