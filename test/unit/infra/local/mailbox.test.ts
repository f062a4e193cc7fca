import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCalls, readMail } from '../../../../infra/local/mailbox.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-mailbox-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe.each([
  { name: 'mail.jsonl', read: readMail },
  { name: 'calls.jsonl', read: readCalls },
])('$name', ({ name, read }) => {
  test('is empty before anything is written', async () => {
    expect(await read(directory)).toEqual([]);
  });

  test('is read while a line is being written, without that line', async () => {
    await appendFile(join(directory, name), '{"time":"1"}\n{"time":"2"}\n{"tim');
    expect(await read(directory)).toEqual([{ time: '1' }, { time: '2' }]);
    await appendFile(join(directory, name), 'e":"3"}\n');
    expect(await read(directory)).toEqual([{ time: '1' }, { time: '2' }, { time: '3' }]);
  });
});
