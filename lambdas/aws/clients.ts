import type { ClientConstructor, Cloud } from './cloud.ts';
import { withRetrySafety } from './retry-safety.ts';

/**
 * How often a call is attempted, and how long each attempt may take, in milliseconds. What still fails after that is a
 * TransientError for the state machine. All attempts together end within the journal's settle window
 * (test/contract/retries.test.ts): once an unanswered create is searched for, no request of it is still under way.
 */
export const callSettings = {
  retryMode: 'standard',
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
} as const;

const clients = new Map<string, Map<unknown, unknown>>();

/** The one factory of AWS clients: one client for each service and region, kept for the life of the Lambda's sandbox. */
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
      const made = withRetrySafety(new service({ region: scope.region, ...callSettings }));
      inRegion.set(service, made);
      return made;
    },
  };
}
