import { type Parameters, ServiceError, structures, text, texts } from '../call.ts';
import { content, type Element, entries } from '../xml.ts';

export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

export const filtersOf = (parameters: Parameters): Filter[] =>
  structures(parameters, 'Filter').map((filter) => ({
    name: text(filter, 'Name') ?? '',
    values: texts(filter, 'Value'),
  }));

/** Every text at a path such as `attachmentSet.item.vpcId`; lists on the way are entered. */
export function textsAt(node: Element[string], path: readonly string[]): string[] {
  if (node === undefined) return [];
  if (Array.isArray(node)) return node.flatMap((item: Element | string) => textsAt(item, path));
  const [head, ...rest] = path;
  if (head === undefined) return typeof node === 'string' ? [node] : [];
  return typeof node === 'string' ? [] : textsAt(node[head], rest);
}

/** EC2's wildcards: `*` any text, `?` one character, `\` takes the next one literally. */
export function wildcard(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else {
      const literal = character === '\\' ? (pattern[++at] ?? '\\') : character;
      source += literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 's');
}

/** Filter names of an operation, and where in an item their value stands. */
export type FilterTable = Readonly<Record<string, string>>;

function valuesOf(item: Element, name: string, table: FilterTable): string[] {
  const tags = entries(item, 'tagSet');
  if (name.startsWith('tag:')) {
    return tags
      .filter((tag) => content(tag, 'key') === name.slice('tag:'.length))
      .map((tag) => content(tag, 'value') ?? '');
  }
  if (name === 'tag-key') return tags.map((tag) => content(tag, 'key') ?? '');
  const path = table[name];
  if (path === undefined) throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return textsAt(item, path.split('.'));
}

/** Values of one filter are alternatives, several filters must all hold. */
export function matches(item: Element, filters: readonly Filter[], table: FilterTable): boolean {
  return filters.every(({ name, values }) => {
    const found = valuesOf(item, name, table);
    return values.map(wildcard).some((pattern) => found.some((value) => pattern.test(value)));
  });
}

/** Refuses filters that the operation does not know, even when there is nothing to filter. */
export function assertKnown(filters: readonly Filter[], table: FilterTable): void {
  for (const { name } of filters) {
    if (!name.startsWith('tag:') && name !== 'tag-key' && table[name] === undefined) {
      throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`);
    }
  }
}
