import { describe, expect, test } from '@jest/globals';
import { readReasons } from '../../infra/read-reasons.ts';
import { readers } from '../support/reads-page.ts';

const read = new Set(readers.flatMap(([, actions]) => actions));

describe('reasons of reads', () => {
  test('are given for every read of every kind, and of the steps beside them', () => {
    expect([...read].filter((action) => !(action in readReasons))).toEqual([]);
  });

  test('are given for nothing that nobody reads', () => {
    expect(Object.keys(readReasons).filter((action) => !read.has(action))).toEqual([]);
  });
});
