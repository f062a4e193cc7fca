import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** Production code in TypeScript, by its path; infra/local is a test instrument with clients of its own. */
const sources = ['lambdas', 'workflow', 'infra'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('infra/local/')),
);

/** `new EC2Client(`, and `new service(` where a client's class was handed over. */
const construction = /\bnew (?:\w+Client|service)\(/;

describe('AWS clients', () => {
  test('are looked for in files that exist', () => {
    expect(sources).toEqual(expect.arrayContaining(['lambdas/aws/clients.ts', 'infra/cli/target.ts']));
  });

  test('are made by the factory of the Lambdas and by the command line only', () => {
    const makers = sources.filter((file) => construction.test(readFileSync(join(root, file), 'utf8')));
    expect(makers).toEqual(['lambdas/aws/clients.ts', 'infra/cli/target.ts']);
  });

  test('are never asked to wait: the state machines wait', () => {
    const waiting = sources.filter((file) =>
      /\bwaitUntil\w+|createWaiter/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(waiting).toEqual([]);
  });
});
