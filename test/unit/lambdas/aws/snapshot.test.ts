import { describe, expect, test } from '@jest/globals';
import type { Cloud, Snapshot } from '../../../../lambdas/aws/cloud.ts';
import { snapshots } from '../../../../lambdas/aws/snapshot.ts';
import { tagsByArn, tagsOfArn } from '../../../../lambdas/aws/tags.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { scope } from '../../../support/ownership.ts';

const lookIn = (snapshot: (place: typeof scope) => Cloud, region: string): Snapshot => {
  const { snapshot: made } = snapshot({ ...scope, region });
  if (made === undefined) throw new TypeError('a reading cloud has a snapshot');
  return made;
};

/** A read that is counted, and fails the first so many times. */
function counted(failures = 0) {
  let reads = 0;
  const read = async (): Promise<number> => {
    reads += 1;
    if (reads <= failures) throw new Error('no answer');
    return reads;
  };
  return { read, reads: () => reads };
}

describe('one snapshot', () => {
  test('reads the same thing once, side by side too', async () => {
    const { once } = lookIn(snapshots(), 'us-east-1');
    const { read, reads } = counted();
    expect(await Promise.all([once('a', read), once('a', read), once('b', read)])).toEqual([1, 1, 2]);
    expect(reads()).toBe(2);
  });

  test('reads each region’s own in each region, and the account’s once', async () => {
    const snapshot = snapshots();
    const [east, west] = [lookIn(snapshot, 'us-east-1'), lookIn(snapshot, 'us-west-2')];
    const { read } = counted();
    expect([await east.once('a', read), await west.once('a', read)]).toEqual([1, 2]);
    expect([await east.onceInAccount('a', read), await west.onceInAccount('a', read)]).toEqual([3, 3]);
  });

  test('lets each region ask for itself where the first got no answer', async () => {
    const snapshot = snapshots();
    const [east, west] = [lookIn(snapshot, 'us-east-1'), lookIn(snapshot, 'us-west-2')];
    const { read } = counted(2);
    await expect(east.onceInAccount('b', read)).rejects.toThrow('no answer');
    expect(await west.onceInAccount('b', read)).toBe(3);
  });

  test('knows nothing of the snapshot before', async () => {
    const { read } = counted();
    const snapshot = () => lookIn(snapshots(), 'us-east-1').once('a', read);
    expect([await snapshot(), await snapshot()]).toEqual([1, 2]);
  });
});

describe('tags', () => {
  const writing: Cloud = { ...noCloud, scope };
  const indexed = (tags: Readonly<Record<string, Readonly<Record<string, string>>>>): Cloud => ({
    ...writing,
    snapshot: {
      once: (_, read) => read(),
      onceInAccount: (_, read) => read(),
      tagIndex: async () => new Map(Object.entries(tags)),
    },
  });
  const own = { from: 'the service' };
  const ofService = async (arns: readonly string[]) => new Map(arns.map((arn) => [arn, own]));

  test('are the service’s own where anything is written', async () => {
    expect(await tagsByArn(writing, ['a', 'b'], ofService)).toEqual(
      new Map([
        ['a', own],
        ['b', own],
      ]),
    );
    expect(await tagsOfArn(writing, 'a', async () => own)).toEqual(own);
  });

  test('come from the index in a snapshot, and from the service what is not in there', async () => {
    const asked: (readonly string[])[] = [];
    const tags = await tagsByArn(indexed({ a: { from: 'the index' } }), ['a', 'b'], (arns) => {
      asked.push(arns);
      return ofService(arns);
    });
    expect(Object.fromEntries(tags)).toEqual({ a: { from: 'the index' }, b: own });
    expect(asked).toEqual([['b']]);
  });

  test('need no call where the index knows them all, or nothing is asked', async () => {
    const never = () => Promise.reject(new Error('asked'));
    expect(await tagsOfArn(indexed({ a: { from: 'the index' } }), 'a', never)).toEqual({ from: 'the index' });
    expect(await tagsByArn(indexed({}), [], never)).toEqual(new Map());
  });
});
