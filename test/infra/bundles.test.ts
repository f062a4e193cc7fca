import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { bundleAll, entries } from '../../infra/bundles.ts';
import { awsServices } from '../support/aws-services.ts';
import { statementsOf, synthesiseStack, text } from '../support/synthesised-stack.ts';

const { resources } = synthesiseStack();
const names = entries.map(({ name }) => name);

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
  let metafile: Metafile = { inputs: {}, outputs: {} };

  beforeAll(() => {
    metafile = bundleAll(directory);
  }, 120_000);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What of node_modules a bundle holds. */
  function packagesIn(name: string): ReadonlySet<string> {
    const [, output] = Object.entries(metafile.outputs).find(([file]) => file.endsWith(`${name}/index.js`)) ?? [];
    return new Set(
      Object.entries(output?.inputs ?? {})
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? ''),
    );
  }

  test.each(names)('%s is below 2 MB', (name) => {
    expect(statSync(join(directory, name, 'index.js')).size).toBeLessThan(2_000_000);
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
    const strange = [...packagesIn(name)].filter((each) => /^(aws-cdk|cdk|constructs|jest|esbuild|@swc)/.test(each));
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
