/**
 * A link of an HTTP API (as it stands in a mail) in the form that every client on this machine can open: Node does not
 * resolve `*.localhost`, and nobody resolves an API's name on AWS to here. Other URLs stay as they are.
 */
export function localUrl(cloud: { readonly port: number }, link: string): string {
  const url = new URL(link);
  const [, api] = /^([a-z0-9]+)\.execute-api\.(?:localhost|[a-z0-9-]+\.amazonaws\.com)$/.exec(url.hostname) ?? [];
  if (api === undefined) return link;
  return `http://localhost:${cloud.port}/_aws/execute-api/${api}/$default${url.pathname}${url.search}${url.hash}`;
}
