import { provisionStage } from '../../../../lambdas/engine/provision.ts';
import { FencedError } from '../../../../lambdas/errors.ts';
import type { Journal } from '../../../../lambdas/journal.ts';
import type { Found, Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

export interface Thing extends Found {
  readonly size: number;
}

/** What stands, what was done in which order, and whether AWS can change no size; anew for each test. */
export const at: { things: Thing[]; log: string[]; fixedSize: boolean } = { things: [], log: [], fixedSize: false };
export const afresh = (): void => {
  Object.assign(at, { things: [], log: [], fixedSize: false });
};

export const resource: Resource<{ size: number }, Thing> = {
  kind: 'elastic-ip',
  permissions: { read: [], write: [] },
  specs: () => ['a', 'b'].map((key) => ({ key, spec: { size: 2 } })),
  list: async () => at.things,
  readiness: (): Readiness => ({ state: 'ready' }),
  diff: (spec, found): Difference[] =>
    spec.size === found.size
      ? []
      : [{ path: 'size', was: found.size, want: spec.size, ...(at.fixedSize ? { replace: true as const } : {}) }],
  create: async (_, { key }, token) => {
    at.log.push(`create ${key} ${token}`);
    const thing = { key, id: `id-${key}`, size: 1 };
    at.things.push(thing);
    return thing;
  },
  update: async (_, { spec }, found) => {
    at.log.push(`update ${found.key}`);
    at.things = at.things.map((thing) => (thing.id === found.id ? { ...thing, size: spec.size } : thing));
  },
  delete: async () => {},
  output: ({ id }) => ({ id }),
};
export const journal = (
  results: readonly (readonly [string, string | undefined])[] = [],
  over: Partial<Journal> = {},
): Journal => ({
  begin: async (names) => {
    if (names.length > 0) at.log.push(`begin ${names.join()}`);
    return names.map(() => 't');
  },
  finish: (name, result) => void at.log.push(`finish ${name} ${result}`),
  fence: async () => {},
  flush: async () => {},
  results: new Map(results),
  ...over,
});
export const overtaken = journal([], { fence: () => Promise.reject(new FencedError('later')) });
export const run = (over: Partial<Parameters<typeof provisionStage>[0]> = {}) =>
  provisionStage({
    cloud: noCloud,
    config: regionConfig(),
    stage: 'nat',
    resources: [resource],
    appliesDeferred: [],
    outputs: {},
    journal: journal(),
    ...over,
  });
