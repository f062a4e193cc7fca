import type { Parameters } from './call.ts';

type Node = string | { [key: string]: Node };

function fold(node: Node): unknown {
  if (typeof node === 'string') return node;
  const keys = Object.keys(node);
  const inner = node.member;
  if (keys.length === 1 && inner !== undefined && typeof inner !== 'string') return fold(inner);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => fold(node[key] ?? ''));
  }
  return Object.fromEntries(keys.map((key) => [key, fold(node[key] ?? '')]));
}

/** A query-protocol form as a document: `Filter.1.Value.2=x`, `Subnets.member.1=y` become arrays. */
export function decodeForm(form: string): Parameters {
  const root: { [key: string]: Node } = {};
  for (const [name, value] of new URLSearchParams(form)) {
    const path = name.split('.');
    const last = path.pop() ?? name;
    let node = root;
    for (const part of path) {
      const inner = node[part];
      const entered: { [key: string]: Node } = inner === undefined || typeof inner === 'string' ? {} : inner;
      node[part] = entered;
      node = entered;
    }
    node[last] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([key, node]) => [key, fold(node)]));
}

/** The form without the parameters of these names (and everything below them). */
export function withoutParameters(form: string, names: readonly string[]): string {
  const kept = [...new URLSearchParams(form)].filter(([name]) => !names.includes(name.split('.')[0] ?? name));
  return new URLSearchParams(kept).toString();
}
