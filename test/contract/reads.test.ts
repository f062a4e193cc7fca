import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readReasons } from '../../infra/read-reasons.ts';
import { readers, readsPage, readsPath } from '../support/reads-page.ts';

const read = new Set(readers.flatMap(([, actions]) => actions));

describe('reasons of reads', () => {
  test('are given for every read of every kind, and of the steps beside them', () => {
    expect([...read].filter((action) => !(action in readReasons))).toEqual([]);
  });

  test('are given for nothing that nobody reads', () => {
    expect(Object.keys(readReasons).filter((action) => !read.has(action))).toEqual([]);
  });

  test('are those of workflow/READS.md, which npm run reads rewrites', () => {
    // How often each read is made is measured on the local cloud (test/emulator/workflow/rerun.test.ts).
    const words = (page: string): readonly string[] =>
      page.split('\n').map((line) => line.replace(/^(\| `\S+` \|) \S+ \| \S+ \|/, '$1').replace(/\d+/g, '#'));
    const page = readFileSync(readsPath, 'utf8');
    expect(words(page)).toEqual(words(readsPage([], ['us-east-1', 'us-west-2'])));
  });
});
