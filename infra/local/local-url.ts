import type { LocalCloud } from './local-cloud.ts';

/**
 * The address under which everything on this machine reaches a link to an HTTP API of the local cloud. The API's own
 * name, `<api>.execute-api.localhost`, is resolved by browsers and curl, but not by every resolver.
 */
export function localUrl(cloud: Pick<LocalCloud, 'port'>, link: string): string {
  const url = new URL(link);
  const [, api] = /^([a-z0-9]+)\.execute-api\./.exec(url.hostname) ?? [];
  if (api === undefined) return link;
  return `http://localhost:${cloud.port}/_aws/execute-api/${api}/$default${url.pathname}${url.search}`;
}
