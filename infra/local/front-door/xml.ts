import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { bytes, type Reply, withBody } from './call.ts';

/** An element: its children by name; lists (`item`, `member`) are always arrays; text is a string. */
export type Element = { [name: string]: Element | Element[] | string | string[] | undefined };

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => name === 'item' || name === 'member',
});
const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false });

const parseXml = (source: string): Element => parser.parse(source) as Element;

/** The element's child element; undefined when absent or text only. */
export function child(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  let current = element;
  for (const name of path) {
    const next = current?.[name];
    if (next === undefined || typeof next === 'string' || Array.isArray(next)) return undefined;
    current = next;
  }
  return current;
}

/** The text of a child; undefined when absent. */
export function content(element: Element | undefined, name: string): string | undefined {
  const value = element?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** The entries of a list child such as `tagSet` or `LoadBalancers`. */
export function entries(element: Element | undefined, name: string): Element[] {
  const list = child(element, name);
  const found = list?.item ?? list?.member;
  return Array.isArray(found) ? found.filter((item) => typeof item !== 'string') : [];
}

/** Changes the root element of an XML reply in place; errors and other replies pass unchanged. */
export async function editXml(reply: Reply, change: (root: Element) => void | Promise<void>): Promise<Reply> {
  if (reply.status >= 300) return reply;
  const document = parseXml((await bytes(reply)).toString('utf8'));
  const name = Object.keys(document).find((key) => !key.startsWith('?'));
  const root = name === undefined ? undefined : child(document, name);
  if (root !== undefined) await change(root);
  return withBody(reply, builder.build(document));
}

/** The root element of an XML reply, and the reply, still readable. */
export async function readXml(reply: Reply): Promise<{ root: Element; reply: Reply }> {
  const body = await bytes(reply);
  const document = parseXml(body.toString('utf8'));
  const name = Object.keys(document).find((key) => !key.startsWith('?'));
  return { root: (name === undefined ? undefined : child(document, name)) ?? {}, reply: withBody(reply, body) };
}

export const escapeXml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
