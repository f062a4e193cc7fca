import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundleAll, entries } from '../../infra/bundles.ts';
import { awsServices } from '../support/aws-services.ts';
import { statementsOf, synthesiseStack, text } from '../support/synthesised-stack.ts';

const { resources } = synthesiseStack();
const names = entries.map(({ name }) => name);

/** Functions that look at every kind, and so hold every client. */
const readingAll = new Set(['plan', 'inventory', 'summarise-destroy']);

/** Services that a function's role lets it call. */
function servicesOf(name: string): ReadonlySet<string> {
  const [, made] =
    resources('AWS::Lambda::Function').find(([, each]) => each.Properties.FunctionName === `slipway-${name}`) ?? [];
  const role = text(made?.Properties.Role).replace('.Arn', '');
  const actions = resources('AWS::IAM::Policy')
    .filter(([, { Properties }]) => (Properties.Roles as unknown[]).map(text).includes(role))
    .flatMap(([, { Properties }]) => statementsOf(Properties.PolicyDocument).flatMap(({ Action }) => Action))
    // Passing a role on is a permission without a call.
    .filter((action) => action !== 'iam:PassRole');
  return new Set(actions.map((action) => action.split(':')[0] ?? ''));
}

describe('the bundles', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-bundles-'));
  let modules: Awaited<ReturnType<typeof bundleAll>> = new Map();

  beforeAll(async () => {
    modules = await bundleAll(directory);
  }, 120_000);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What of node_modules a bundle holds. */
  function packagesIn(name: string): ReadonlySet<string> {
    return new Set(
      (modules.get(name) ?? []).map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? ''),
    );
  }

  test.each(names)('%s is small', (name) => {
    const home = join(directory, name);
    const bytes = readdirSync(home)
      .filter((file) => file.endsWith('.js'))
      .reduce((sum, file) => sum + statSync(join(home, file)).size, 0);
    expect(bytes).toBeLessThan(readingAll.has(name) ? 1_800_000 : 1_200_000);
  });

  test.each(names)('%s holds the clients of services that it may call, and no others', (name) => {
    const services = servicesOf(name);
    const allowed = new Set(
      Object.values(awsServices).flatMap((service) => (services.has(service.prefix) ? [service.package] : [])),
    );
    const held = [...packagesIn(name)].filter((each) => each.startsWith('@aws-sdk/client-'));
    expect(held).not.toEqual([]);
    expect(held.filter((each) => !allowed.has(each.replace('@aws-sdk/', '')))).toEqual([]);
  });

  test.each(names)('%s holds no infrastructure code and nothing for development', (name) => {
    const strange = [...packagesIn(name)].filter((each) => /^(aws-cdk|cdk|constructs|jest|rolldown|@swc)/.test(each));
    expect(strange).toEqual([]);
  });

  test('throw errors by the names that the state machines match, although they are minified', async () => {
    const { handler } = (await import(join(directory, 'validate/index.js'))) as {
      handler: (event: object, context: object) => Promise<unknown>;
    };
    await expect(handler({ input: { nonsense: true } }, {})).rejects.toMatchObject({ name: 'InputError' });
  });

  test("carry the app's files only where the image is computed or pushed", () => {
    expect(names.filter((name) => existsSync(join(directory, name, 'app')))).toEqual(['ecr-push', 'validate']);
  });

  test('carry the first commit only where the repository is made: what the pipeline builds, and how to push', () => {
    expect(names.filter((name) => existsSync(join(directory, name, 'first-commit')))).toEqual(['pipeline']);
    for (const file of [
      'README.md',
      'buildspec.yml',
      'app/Dockerfile',
      'app/package-lock.json',
      'app/test/server.test.ts',
    ])
      expect(existsSync(join(directory, 'pipeline', 'first-commit', file))).toBe(true);
  });
});
