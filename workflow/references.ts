import { kinds } from './stages.ts';

/** `${kind/key.attribute}` in a spec: what another resource's output says, once that exists. */
export const reference = new RegExp(String.raw`\$\{(${kinds.join('|')})/([a-z0-9-]+)\.([A-Za-z]+)\}`, 'g');
