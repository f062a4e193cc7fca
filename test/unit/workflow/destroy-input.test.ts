import { describe, expect, test } from '@jest/globals';
import { parseDestroyInput } from '../../../workflow/destroy-input.ts';

describe('parseDestroyInput', () => {
  const nothingEmptied = { images: false, artifacts: false, source: false };
  test.each([
    ['an empty input', {}, { deployment: 'platform', empty: nothingEmptied }],
    ['what the console fills in', { Comment: 'Insert your JSON here' }, { deployment: 'platform' }],
    ['a name', { deployment: 'other' }, { deployment: 'other', empty: nothingEmptied }],
    ['one thing to empty', { empty: { images: true } }, { empty: { images: true, artifacts: false, source: false } }],
    ['a time-out of the approval', { approval: { timeoutMinutes: 30 } }, { approval: { timeoutMinutes: 30 } }],
  ])('takes %s', (_, raw, expected) => {
    expect(parseDestroyInput(raw)).toMatchObject({ input: expected });
  });

  test.each([
    ['a name that AWS would refuse', { deployment: 'No Name' }, ['$.deployment']],
    ['an input that got lost', null, ['$']],
    ['an unknown key', { deploment: 'platform' }, ['$.deploment']],
    ['an unknown thing to empty', { empty: { everything: true } }, ['$.empty.everything']],
    ['anything but true and false', { empty: { images: 'yes' } }, ['$.empty.images']],
    ['all problems at once', { deployment: '', empty: { images: 1 } }, ['$.deployment', '$.empty.images']],
    ['what is no object', 'platform', ['$']],
  ])('refuses %s, and says where', (_, raw, paths) => {
    const parsed = parseDestroyInput(raw);
    if (!('problems' in parsed)) throw new Error('it was taken');
    expect([...new Set(parsed.problems.map(({ path }) => path))]).toEqual(paths);
  });
});
