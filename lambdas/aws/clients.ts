import type { ClientConstructor, Cloud } from './cloud.ts';
import { withRetrySafety } from './retry-safety.ts';

/**
 * SDK attempts for one call. The standard mode's exponential backoff with jitter spends at most about 20 s on five
 * attempts, far below a Lambda's time-out; what is left after that is a TransientError for the state machine.
 */
const maxAttempts = 5;

/**
 * Milliseconds. Shorter than the journal's settle window: once that has passed and an unanswered create is searched for,
 * no request of it is still under way.
 */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

const clients = new Map<string, Map<unknown, unknown>>();

/** The one factory of AWS clients: one a service class and region, kept for the life of the Lambda's sandbox. */
export function cloudIn<Place extends { readonly region: string }>(scope: Place): Cloud<Place> {
  return {
    scope,
    client<Client>(service: ClientConstructor<Client>): Client {
      let inRegion = clients.get(scope.region);
      if (inRegion === undefined) {
        inRegion = new Map();
        clients.set(scope.region, inRegion);
      }
      const known = inRegion.get(service);
      if (known !== undefined) return known as Client;
      const made = withRetrySafety(
        new service({ region: scope.region, retryMode: 'standard', maxAttempts, requestHandler }),
      );
      inRegion.set(service, made);
      return made;
    },
  };
}
