import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../workflow/stages.ts';
import type { Answers } from './answering-cloud.ts';
import { read } from './reading.ts';

/** Kind, AWS's answers where `one` is all that they show of a resource, its id, and what it is read as. */
export type Sparse = readonly [kind: Kind, answers: (one: object) => Answers, id: object, found: object];

/** Kinds that stand under a name of ours, whatever AWS calls them. */
const named = new Set<Kind>(['alarm', 'artifact-bucket', 'build-project', 'image', 'pipeline', 'topic']);

async function readOurs(kind: Kind, answers: Answers): Promise<readonly object[]> {
  return (await read(kind, answers)).found.filter((each) => !('unmanaged' in each));
}

export function readsSparse(rows: readonly Sparse[]): void {
  describe('what AWS leaves out is read as its default', () => {
    test.each(rows)('%s %#', async (kind, answers, id, found) => {
      expect(await readOurs(kind, answers(id))).toEqual([found]);
    });
  });

  describe('what AWS shows without an id is not there', () => {
    test.each(rows.filter(([kind]) => !named.has(kind)))('%s %#', async (kind, answers) => {
      expect(await readOurs(kind, answers({}))).toEqual([]);
    });
  });
}
