import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import jsonata from 'jsonata';
import { definitions } from '../../workflow/definitions.ts';

/*
 * The expressions of the definitions, by the reference implementation in the version that Step Functions documents
 * (2.0.6): the emulator evaluates them by another one.
 */
const expression = /^\{%\s*([\s\S]*?)\s*%\}$/;

function expressionsIn(value: unknown, path: string): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') {
    const [, text] = expression.exec(value) ?? [];
    return text === undefined ? [] : [[path, text]];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => expressionsIn(part, `${path}.${name}`));
}

const expressions = Object.entries(definitions).flatMap(([machine, definition]) => expressionsIn(definition, machine));

test('there are expressions to look at', () => {
  expect(expressions.length).toBeGreaterThan(50);
});

test.each(expressions)('%s is an expression', (_, text) => {
  expect(() => jsonata(text)).not.toThrow();
});

/** The value of an expression of `provision`, with Step Functions' own `$hash`. */
async function evaluated(path: string, states: object): Promise<unknown> {
  const [, text] = expressions.find(([each]) => each === path) ?? [];
  if (text === undefined) throw new Error(`there is no expression at ${path}`);
  const compiled = jsonata(text);
  compiled.registerFunction('hash', (value: string) => createHash('sha256').update(value).digest('hex'));
  compiled.registerFunction('parse', (json: string): unknown => JSON.parse(json));
  const value: unknown = await compiled.evaluate(undefined, { states });
  // JSONata marks its sequences with properties of their own.
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const well = (region: string) => ({ region, config: { region }, outputs: { vpc: { main: { id: `vpc-${region}` } } } });
const broken = (region: string) => ({ region, error: { Error: 'QuotaError', Cause: 'no room' } });
const going = (region: string) => ({ region, only: [`nat-gateway/c-of-${region}`] });

describe('orphans', () => {
  const item = (region: string) => ({
    config: { region },
    outputs: { vpc: { main: { id: `vpc-${region}` } } },
    removal: { keep: [], only: [`nat-gateway/c-of-${region}`] },
  });
  test.each<[string, object, readonly object[]]>([
    ['is nothing', { orphans: [], provisioned: [well('a')] }, []],
    [
      'goes where production is well',
      { orphans: [going('a')], provisioned: [well('a')], promoted: [well('a')] },
      [item('a')],
    ],
    [
      'goes in every region that is well',
      { orphans: [going('a'), going('b')], provisioned: [well('a'), well('b')] },
      [item('a'), item('b')],
    ],
    [
      'stays where the region could not be provisioned',
      { orphans: [going('a'), going('b')], provisioned: [well('a'), broken('b')] },
      [item('a')],
    ],
    [
      'stays where production could not be deployed',
      { orphans: [going('a'), going('b')], provisioned: [well('a'), well('b')], promoted: [broken('a'), well('b')] },
      [item('b')],
    ],
  ])('%s', async (_, input, expected) => {
    expect(await evaluated('provision.States.Remove orphans.Items', { input })).toEqual(expected);
    expect(await evaluated('provision.States.Any orphans?.Choices.0.Condition', { input })).toBe(expected.length > 0);
  });
});

describe('whether people are asked', () => {
  const decision = { decision: 'approved', by: 'ann', at: 't' };
  test.each<[string, object, boolean]>([
    ['before anything is changed, where the plan says so', { plan: { askFirst: true } }, true],
    ['not where it does not', { plan: { askFirst: false } }, false],
    ['not where this very plan is approved', { plan: { askFirst: true }, decision }, false],
  ])('%s', async (_, input, expected) => {
    expect(await evaluated('provision.States.Ask first?.Choices.0.Condition', { input })).toBe(expected);
  });

  test.each<[string, object, boolean]>([
    [
      'production changes in a region that is well',
      { plan: { production: true }, provisioned: [broken('a'), well('b')] },
      false,
    ],
    ['production stays as it is', { plan: { production: false }, provisioned: [well('a')] }, true],
    ['no region is well', { plan: { production: true }, provisioned: [broken('a')] }, true],
  ])('before production, or not: %s', async (_, input, skipped) => {
    expect(await evaluated('provision.States.Approval needed?.Choices.0.Condition', { input })).toBe(skipped);
  });

  test('the regions to promote are a list, also when there is one', async () => {
    const input = { provisioned: [broken('a'), well('b')] };
    expect(await evaluated('provision.States.Promote regions.Items', { input })).toEqual([well('b')]);
  });
});

describe('the name of a child execution', () => {
  const path = 'provision.States.Remove orphans.ItemProcessor.States.Remove orphans of region.Arguments.Name';
  const named = (over: object) =>
    evaluated(path, {
      input: { config: { region: 'ap-southeast-2' } },
      context: {
        Execution: { Id: 'arn:aws:states:us-east-1:1:execution:slipway-provision:e', RedriveCount: 0, ...over },
      },
    });

  test('stays within Step Functions’ 80 characters', async () => {
    expect(await named({})).toMatch(/^[0-9a-f]{16}-ap-southeast-2-remove$/);
  });

  test('is another one after a redrive, since the first is taken', async () => {
    expect(await named({ RedriveCount: 1 })).not.toBe(await named({}));
  });
});

describe('a region that failed', () => {
  const error = (errorOutput: object) =>
    evaluated('provision.States.Provision regions.ItemProcessor.States.Provision region.Catch.0.Output.error', {
      errorOutput,
    });
  const child = (fields: object) =>
    error({ Error: 'States.TaskFailed', Cause: JSON.stringify({ Input: 'i'.repeat(50_000), Output: 'o', ...fields }) });

  test.each<[string, Promise<unknown>, object]>([
    [
      'with an error of its own',
      child({ Error: 'QuotaError', Cause: 'no room' }),
      { Error: 'QuotaError', Cause: 'no room' },
    ],
    [
      'with a long cause, which is cut',
      child({ Error: 'E', Cause: 'x'.repeat(5_000) }),
      { Error: 'E', Cause: 'x'.repeat(1_000) },
    ],
    [
      'by being stopped',
      child({ Status: 'ABORTED' }),
      { Error: 'States.TaskFailed', Cause: 'the execution ended as ABORTED' },
    ],
    [
      'before it was started',
      error({ Error: 'StepFunctions.ExecutionLimitExceededException', Cause: 'too many' }),
      { Error: 'StepFunctions.ExecutionLimitExceededException', Cause: 'too many' },
    ],
    ['without a cause', error({ Error: 'States.Timeout' }), { Error: 'States.Timeout', Cause: '' }],
  ])('%s is kept short, without what it was given', async (_, caught, expected) => {
    expect(await caught).toEqual(expected);
  });
});

describe('what Report failure is told of the input', () => {
  test.each<[unknown, unknown]>([
    [{}, {}],
    [{ deployment: 'shop', tags: { a: 'b' } }, { deployment: 'shop' }],
    [{ deployment: null }, { deployment: null }],
    ['a text', null],
    [['a list'], null],
    [null, null],
  ])('%j: which deployment it means', async (Input, expected) => {
    expect(
      await evaluated('provision.States.Plan.Catch.0.Output.input', { context: { Execution: { Input } } }),
    ).toEqual(expected);
  });
});

describe('a loop', () => {
  const at = (state: string, field: string) => evaluated(`provision-region.States.${state}.${field}`, loop);
  let loop: object;
  const document = { deployment: 'platform', outputs: {} };
  test.each<[string, object, object, object]>([
    [
      'hands on what it waits for',
      document,
      { ready: false, nextCheckSeconds: 5 },
      { ...document, wait: { ready: false, nextCheckSeconds: 5 } },
    ],
    ['leaves nothing of its wait behind', { ...document, wait: { ready: false } }, { ready: true }, document],
  ])('%s', async (_, input, Payload, expected) => {
    loop = { input, result: { Payload } };
    expect(await at('Await network', 'Output')).toEqual(expected);
    loop = { input: expected };
    expect(await at('Await network: ready?', 'Choices.0.Condition')).toBe('wait' in expected);
  });
});
