import { expect, test } from '@jest/globals';
import { kept, keptKinds } from '../../../../lambdas/steps/kept.ts';
import type { Kind } from '../../../../workflow/stages.ts';

const nothing = { images: false, artifacts: false, source: false };

test.each<[string, Partial<typeof nothing>, readonly Kind[]]>([
  ['nothing', {}, ['artifact-bucket', 'service-linked-role', 'repository', 'image', 'source-repository']],
  ['images', { images: true }, ['artifact-bucket', 'service-linked-role', 'source-repository']],
  ['artifacts', { artifacts: true }, ['service-linked-role', 'repository', 'image', 'source-repository']],
  ['the source', { source: true }, ['artifact-bucket', 'service-linked-role', 'repository', 'image']],
  ['everything', { images: true, artifacts: true, source: true }, ['service-linked-role']],
])('destroy that empties %s keeps what else people put something into', (_, empty, expected) => {
  expect(keptKinds({ ...nothing, ...empty })).toEqual(expected);
});

test('what is the account’s is kept and not told of', () => {
  const standing = (['service-linked-role', 'repository', 'vpc'] as const).map((kind) => ({
    region: 'us-east-1',
    kind,
    key: 'k',
    id: 'i',
  }));
  expect(kept(standing, { keep: keptKinds(nothing) }).map(({ kind }) => kind)).toEqual(['repository']);
});
