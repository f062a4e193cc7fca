import { describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import { entries } from '../../infra/bundles.ts';
import * as errors from '../../lambdas/errors.ts';
import { childrenOf, definitions } from '../../workflow/definitions.ts';
import { callbackRetriers, standardRetriers, startRetriers } from '../../workflow/retriers.ts';
import { removalStages, stages } from '../../workflow/stages.ts';
import type { functions } from '../../workflow/steps.ts';
import { functionSubstitution } from '../../workflow/tasks.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: number | string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
  readonly Branches?: readonly { readonly States: Readonly<Record<string, State>> }[];
}

/** The tasks that wait for people. */
const approvals = ['provision: Approve changes', 'provision: Approve production', 'destroy: Approve removal'];

/** As infra substitutes them, with ARNs of the right shape. */
const substituted = (definition: object): object =>
  JSON.parse(
    JSON.stringify(definition)
      .replaceAll('${Partition}', 'aws')
      .replaceAll(/\$\{\w+FunctionArn\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:slipway-x')
      .replaceAll(/\$\{\w+Arn\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-x'),
  ) as object;

function statesOf(definition: object): readonly (readonly [string, State])[] {
  const walk = (states: Readonly<Record<string, State>>): (readonly [string, State])[] =>
    Object.entries(states).flatMap(([name, state]) => [
      [name, state],
      ...[state.ItemProcessor, ...(state.Branches ?? [])].flatMap((inner) => walk(inner?.States ?? {})),
    ]);
  return walk((definition as { States: Record<string, State> }).States);
}

const tasks = Object.entries(definitions).flatMap(([machine, definition]) =>
  statesOf(definition)
    .filter(([, { Type }]) => Type === 'Task')
    .map(([name, state]) => [`${machine}: ${name}`, state] as const),
);

describe.each(Object.entries(definitions))('the definition of %s', (_, definition) => {
  test('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(substituted(definition));
    expect([isValid, errorsText()]).toEqual([true, '']);
  });

  test('is far below the limit of 1 MiB', () => {
    expect(JSON.stringify(definition).length).toBeLessThan(200_000);
  });

  test('has a time-out', () => {
    expect((definition as { TimeoutSeconds: number }).TimeoutSeconds).toBeGreaterThan(0);
  });
});

describe('every Task', () => {
  test.each(tasks)('%s has a comment and a time-out', (_, { Comment, TimeoutSeconds }) => {
    expect(Comment).toMatch(/\w/);
    expect(typeof TimeoutSeconds === 'string' ? TimeoutSeconds : String(TimeoutSeconds)).toMatch(/^(\d+|\{%.*%\})$/);
  });

  test.each(tasks.filter(([, { Resource }]) => Resource?.endsWith(':lambda:invoke')))(
    '%s has the standard retriers',
    (_, { Retry }) => {
      expect(Retry).toEqual(standardRetriers);
    },
  );

  test.each(tasks.filter(([, { Resource }]) => Resource?.includes(':startExecution')))(
    '%s retries what Step Functions itself answers, and nothing of the execution',
    (_, { Retry }) => {
      expect(Retry).toEqual(startRetriers);
    },
  );

  test('the approvals alone have others, which never repeat a function that ran', () => {
    const callbacks = tasks.filter(([, { Resource }]) => Resource?.endsWith('.waitForTaskToken'));
    expect(callbacks.map(([name]) => name)).toEqual(approvals);
    for (const [, { Retry }] of callbacks) expect(Retry).toEqual(callbackRetriers);
    expect(callbackRetriers.flatMap(({ ErrorEquals }) => ErrorEquals)).not.toContain('Lambda.Unknown');
  });

  test.each(tasks)('%s never retries on every error', (_, { Retry }) => {
    expect((Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals)).not.toContain('States.ALL');
  });

  // `rerun` is the report of what could not report itself.
  test.each(tasks.filter(([name]) => !/Report failure$|^rerun:/.test(name)))(
    '%s has a Catch that leads to a report',
    (_, { Catch }) => {
      expect((Catch ?? []).flatMap(({ ErrorEquals }) => ErrorEquals)).toContain('States.ALL');
    },
  );
});

describe('names that cross a border', () => {
  const retried = standardRetriers.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => !name.includes('.'));

  test('every error of ours that a retrier names is exported by errors.ts', () => {
    expect(retried.filter((name) => !(name in errors))).toEqual([]);
  });

  test('every function that a definition invokes is in the table of Lambdas', () => {
    const used = new Set(JSON.stringify(definitions).match(/\w+FunctionArn/g));
    const made = new Set(entries.map(({ name }) => functionSubstitution(name as keyof typeof functions)));
    expect([...used].filter((name) => !made.has(name))).toEqual([]);
  });

  test('machines are in the order in which they can be made, and start those that they name', () => {
    expect(childrenOf('provision')).toEqual(['provision-region', 'promote-region', 'destroy-region']);
    expect(childrenOf('destroy')).toEqual(['destroy-region']);
    const names = Object.keys(definitions) as (keyof typeof definitions)[];
    const early = names.flatMap((name, index) => childrenOf(name).filter((child) => names.indexOf(child) > index));
    expect(early).toEqual([]);
  });

  test('the regional machines hold every stage of stages.ts, in its order', () => {
    const titles = statesOf({
      States: Object.assign(
        {},
        ...(['provision-region', 'promote-region'] as const).map(
          (name) => (definitions[name] as { States: object }).States,
        ),
      ),
    })
      .map(([name]) => name)
      .filter((name) => stages.some(({ title }) => title === name));
    expect(titles).toEqual(stages.map(({ title }) => title));
  });

  test('destroy-region removes what every stage makes, in the order of stages.ts', () => {
    const titles = statesOf(definitions['destroy-region'])
      .filter(([name, { Type }]) => Type === 'Task' && /^Remove [^:]+$/.test(name))
      .map(([name]) => name);
    expect(titles).toEqual(removalStages.map(({ title }) => `Remove ${title}`));
  });

  test('no definition hands the task token to anything but the approvals', () => {
    const given = Object.entries(definitions).flatMap(([machine, definition]) =>
      statesOf(definition)
        .filter(([, { ItemProcessor, Branches, ...state }]) => JSON.stringify(state).includes('Task.Token'))
        .map(([name]) => `${machine}: ${name}`),
    );
    expect(given).toEqual(approvals);
  });
});
