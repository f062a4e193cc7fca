import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../workflow/stages.ts';
import type { Answers } from './answering-cloud.ts';
import { read } from './reading.ts';

/** Kind, AWS's answers where `one` is all that they show of a resource, its id, and what it is read as. */
export type Sparse = readonly [kind: Kind, answers: (one: object) => Answers, id: object, found: object];

/** Kinds that carry no tags: they are ours as parts of what does. */
const untagged = new Set<Kind>(['image', 'scalable-target', 'scaling-policy']);
/** Kinds that stand under a name of ours, whatever AWS calls them. */
const named = new Set<Kind>(['alarm', 'artifact-bucket', 'build-project', 'image', 'pipeline', 'topic']);

/** The same of something that does not carry our tags. */
const ofOthers = (answers: Answers): Answers =>
  Object.fromEntries(
    Object.entries(answers).map(([operation, answer]) => [
      operation,
      (input) => JSON.parse(JSON.stringify(answer(input)).replaceAll('slipway:deployment', 'deployment')),
    ]),
  );

async function readOurs(kind: Kind, answers: Answers): Promise<readonly object[]> {
  return (await read(kind, answers)).found.filter((each) => !('unmanaged' in each));
}

export function readsSparse(rows: readonly Sparse[]): void {
  describe('what AWS leaves out is read as its default', () => {
    test.each(rows)('%s %#', async (kind, answers, id, found) => {
      expect(await readOurs(kind, answers(id))).toStrictEqual([found]);
    });
  });

  describe('what AWS shows without an id is not there', () => {
    test.each(rows.filter(([kind]) => !named.has(kind)))('%s %#', async (kind, answers) => {
      expect(await readOurs(kind, answers({}))).toEqual([]);
    });
  });

  describe('what does not carry our tags is not ours', () => {
    test.each(rows.filter(([kind]) => !untagged.has(kind)))('%s %#', async (kind, answers, id) => {
      expect(await readOurs(kind, ofOthers(answers(id)))).toEqual([]);
    });
  });
}
