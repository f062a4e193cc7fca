import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

type Pattern = string | readonly string[];
interface Side {
  readonly path?: Pattern;
  readonly pathNot?: Pattern;
}
interface Rule {
  readonly name: string;
  readonly from: Side;
  readonly to: Side & { readonly circular?: boolean; readonly dependencyTypes?: readonly string[] };
}
const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: readonly Rule[];
};

/** From the bottom up. */
const layers = [
  'workflow',
  'lambdas',
  'lambdas/aws',
  'lambdas/image',
  'lambdas/resources',
  'lambdas/engine',
  'lambdas/store',
  'lambdas/middleware',
  'lambdas/approval',
  'lambdas/events',
  'lambdas/stages',
  'lambdas/steps',
  'infra',
  'infra/cli',
  'infra/local',
  'app/src',
];

const matches = ({ path, pathNot }: Side, file: string): boolean => {
  const any = (pattern: Pattern): boolean => [pattern].flat().some((each) => new RegExp(each).test(file));
  return (path === undefined || any(path)) && (pathNot === undefined || !any(pathNot));
};
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);

/** The files of a layer that a file of another may import. */
const importable = (from: string, to: string): readonly string[] =>
  filesIn(to).filter(
    (file) =>
      !forbidden.some(
        (rule) =>
          rule.to.path !== undefined &&
          rule.to.dependencyTypes === undefined &&
          matches(rule.from, `${from}/any.ts`) &&
          matches(rule.to, file),
      ),
  );

/** What the table says of it: nothing, the layer, or the files where they are few. */
function shownFor(from: string, to: string): readonly string[] {
  const files = importable(from, to);
  if (from === to || files.length === 0) return [];
  if (files.length === filesIn(to).length) return [`\`${to}\``];
  return [`\`${to}\` (${files.map((file) => basename(file, '.ts')).join(', ')})`];
}

describe('CONTRIBUTING.md', () => {
  test('shows the layers as the import rules have them', () => {
    const rows = layers.map((from) => {
      const others = layers.flatMap((to) => shownFor(from, to));
      return `| \`${from}\` | ${others.length === 0 ? '–' : others.join(' · ')} |`;
    });
    const [, shown] = /<!-- layers -->\n(.*?)<!-- \/layers -->/s.exec(page) ?? [];
    expect(shown).toBe(`${['| folder | may import |', '|---|---|', ...rows].join('\n')}\n`);
  });

  test('lists every command of package.json, and no other', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const [, table = ''] = /## Commands\n(.*?)\n## /s.exec(page) ?? [];
    const listed = [...table.matchAll(/^\| `npm (?:run )?([\w:-]+)/gm)].map(([, name]) => name);
    expect([...new Set(listed)].toSorted()).toEqual(Object.keys(scripts).toSorted());
  });

  test('has a glossary of at most ten words', () => {
    const [, words = ''] = /## Words\n(.*?)\n## /s.exec(page) ?? [];
    const rows = [...words.matchAll(/^\| (?!word |-)/gm)];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThanOrEqual(10);
  });
});
