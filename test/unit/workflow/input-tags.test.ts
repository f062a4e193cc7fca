import { describe, expect, test } from '@jest/globals';
import { inputOf, problemsOf } from '../../support/parsed-input.ts';

const tagsOf = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, 'x']));

describe('tags', () => {
  test.each([
    ['none', undefined, {}],
    ['20', tagsOf(20), tagsOf(20)],
    ['the longest', { ['k'.repeat(127)]: 'v'.repeat(255) }, { ['k'.repeat(127)]: 'v'.repeat(255) }],
    ['an empty value', { reviewed: '' }, { reviewed: '' }],
    ['every character', { 'a b_.:/=+-@9': 'Z @' }, { 'a b_.:/=+-@9': 'Z @' }],
  ])('may ask for tags: %s', (_, tags, expected) => {
    expect(inputOf({ tags }).tags).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    ['too many tags', { tags: tagsOf(21) }, '$.tags: 21 tags: at most 20'],
    ['a list of tags', { tags: ['team'] }, '$.tags: '],
    ['a tag without a key', { tags: { '': 'x' } }, '$.tags[""]: a tag\'s key has 1 to 127 characters'],
    [
      'a tag whose key is too long',
      { tags: { ['k'.repeat(128)]: 'x' } },
      `$.tags.${'k'.repeat(128)}: a tag's key has 1 to 127`,
    ],
    ['a tag whose value is too long', { tags: { team: 'x'.repeat(256) } }, '$.tags.team: at most 255 characters'],
    ['a tag that is no text', { tags: { team: 5 } }, '$.tags.team: '],
    ['a strange character in a key', { tags: { 'a,b': 'x' } }, '$.tags["a,b"]: a tag\'s key may hold A-Z'],
    ['a strange character in a value', { tags: { team: 'a\tb' } }, "$.tags.team: a tag's value may hold A-Z"],
    [
      'a key that ends with a space',
      { tags: { 'team ': 'x' } },
      '$.tags["team "]: a tag\'s key has no spaces at its ends',
    ],
    [
      'a value that starts with a space',
      { tags: { team: ' x' } },
      "$.tags.team: a tag's value has no spaces at its ends",
    ],
    ['a key of AWS', { tags: { 'AWS:team': 'x' } }, '$.tags["AWS:team"]: keys that start with aws: or slipway:'],
    [
      'a key of Slipway',
      { tags: { 'slipway:key': 'x' } },
      '$.tags["slipway:key"]: keys that start with aws: or slipway:',
    ],
    ['the name', { tags: { Name: 'x' } }, '$.tags.Name: Slipway sets the tag Name itself'],
    ['the name in small letters, the same to IAM', { tags: { name: 'x' } }, '$.tags.name: Slipway sets the tag Name'],
    [
      'keys that differ only in case',
      { tags: { Team: 'x', team: 'y' } },
      '$.tags.team: it differs from Team only in case',
    ],
  ])('are refused with the JSON path: %s', (_, raw, expected) => {
    expect(problemsOf(raw).filter((problem) => problem.startsWith(expected))).toHaveLength(1);
  });

  test('all problems of tags at once', () => {
    const tags = { ...tagsOf(20), 'aws:x': 5, Name: 'a,b', team: 'c,d' };
    expect(problemsOf({ tags }).map((problem) => problem.split(': ')[0])).toEqual([
      '$.tags["aws:x"]',
      '$.tags.Name',
      '$.tags.team',
      '$.tags',
      '$.tags["aws:x"]',
      '$.tags.Name',
    ]);
  });
});
