import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AnyResource, Permission } from '../../../../lambdas/resources/resource.ts';
import { awsService } from '../../../support/aws-services.ts';
import { iamAction } from '../../../support/iam-actions.ts';

const folder = join(import.meta.dirname, '../../../../lambdas/resources');

const reading = /:(Describe|Get|List|Head|BatchGet|BatchCheck)/;

interface Kindlike {
  readonly kind: string;
  readonly permissions: AnyResource['permissions'];
}

const isKind = (value: unknown): value is Kindlike =>
  typeof value === 'object' && value !== null && 'kind' in value && 'permissions' in value;

const source = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** A resource file exports a kind; the others are shared by several. */
const isKindFile = (file: string): boolean => /: Resource<|satisfies Resource</.test(source(file));
const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));

/** The actions behind the calls in a file, and in the shared files that it imports. */
function actionsCalled(file: string): ReadonlySet<string> {
  const text = source(file);
  const actions = new Set<string>();
  for (const [, names = '', client = ''] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/([^']+)'/g)) {
    const { prefix } = awsService('package', client);
    for (const name of names.split(',').map((part) => part.trim())) {
      const call = /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1];
      const used = text.includes(`new ${name}(`) || text.includes(`${name}(`);
      if (call === undefined || !used) continue;
      actions.add(iamAction(`${prefix}:${call}`));
    }
  }
  if (/^ {2}arn: \(/m.test(text)) actions.add('tag:TagResources');
  for (const [, imported = ''] of text.matchAll(/from '\.\/([^']+\.ts)'/g))
    if (!isKindFile(imported)) for (const action of actionsCalled(imported)) actions.add(action);
  return actions;
}

const flat = (permissions: readonly Permission[]): readonly string[] =>
  permissions.flatMap((permission) => (typeof permission === 'string' ? [permission] : permission.actions));

async function kindIn(file: string): Promise<Kindlike> {
  const exported: Readonly<Record<string, unknown>> = await import(join(folder, file));
  const kind = Object.values(exported).find(isKind);
  if (kind === undefined) throw new Error(`${file} exports no kind`);
  return kind;
}

describe.each(files.filter(isKindFile))('%s', (file) => {
  test('declares every action that it calls', async () => {
    const { permissions } = await kindIn(file);
    const [read, write] = [flat(permissions.read), flat(permissions.write)];
    const undeclared = [...actionsCalled(file)].filter(
      (action) => !write.includes(action) && !(reading.test(action) && read.includes(action)),
    );
    expect(undeclared).toEqual([]);
  });

  test('finishes with nothing but what it may write', async () => {
    const { permissions } = await kindIn(file);
    expect(flat(permissions.write)).toEqual(expect.arrayContaining([...flat(permissions.deferred ?? [])]));
  });

  test('reads without a permission to write', async () => {
    const { permissions } = await kindIn(file);
    expect(flat(permissions.read).filter((action) => !reading.test(action))).toEqual([]);
  });

  test('names neither a whole service nor a permission twice, and nothing both bound and unbound', async () => {
    const { permissions } = await kindIn(file);
    for (const list of [permissions.read, permissions.write]) {
      expect(flat(list).filter((action) => action.includes('*'))).toEqual([]);
      const texts = list.map((permission) => JSON.stringify(permission));
      expect(texts).toEqual([...new Set(texts)]);
      const bound = list.flatMap((permission) => (typeof permission === 'string' ? [] : permission.actions));
      expect(list.filter((permission) => typeof permission === 'string' && bound.includes(permission))).toEqual([]);
    }
  });

  test('exports the kind that it is named after', async () => {
    expect((await kindIn(file)).kind).toBe(basename(file, '.ts'));
  });
});
