import { describe, expect, test } from '@jest/globals';
import { together } from '../../../../lambdas/aws/together.ts';
import { referencesIn } from '../../../../lambdas/engine/resolve.ts';
import { wantedIn } from '../../../../lambdas/engine/wanted.ts';
import { type Task, wavesOf } from '../../../../lambdas/engine/waves.ts';
import { DeniedError, FencedError, ResourceFailedError, TransientError } from '../../../../lambdas/errors.ts';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';
import { type MakingStageName, makingStages } from '../../../../workflow/stages.ts';
import { regionConfig } from '../../../support/region-config.ts';

const config = regionConfig({ primary: true });

describe('the waves of a stage', () => {
  const tasksOf = (name: MakingStageName): readonly Task[] =>
    (makingStages.find((stage) => stage.name === name)?.kinds ?? []).flatMap((kind) =>
      wantedIn(allResources[kind], config, name).map((wanted) => ({
        name: `${kind}/${wanted.key}`,
        resource: allResources[kind],
        wanted,
      })),
    );
  const waves = (name: MakingStageName) => wavesOf(tasksOf(name)).map((wave) => wave.map((task) => task.name));

  test.each(makingStages.map(({ name }) => name))('%s: each after what it refers to and the kinds it names', (name) => {
    const tasks = tasksOf(name);
    const waveOf = new Map(wavesOf(tasks).flatMap((wave, at) => wave.map((task) => [task.name, at] as const)));
    expect([...waveOf.keys()].toSorted()).toEqual(tasks.map((task) => task.name).toSorted());
    for (const task of tasks)
      for (const other of tasks) {
        const { parent, after = [] } = task.resource;
        if (referencesIn(task.wanted.spec).includes(other.name) || [parent, ...after].includes(other.resource.kind))
          expect(waveOf.get(other.name)).toBeLessThan(waveOf.get(task.name) ?? 0);
      }
  });

  test('of the pipeline keep its first run from starting anything', () => {
    const order = waves('pipeline').flat();
    const at = (name: string): number => order.indexOf(name);
    expect(at('pipeline/main')).toBeGreaterThan(at('build-project/main'));
    expect(at('pipeline-transition/hold')).toBeGreaterThan(at('pipeline/main'));
    expect(at('source-trigger/main')).toBeGreaterThan(at('pipeline-transition/hold'));
  });

  test.each<[MakingStageName, readonly (readonly string[])[]]>([
    [
      'nat',
      [
        ['elastic-ip/a', 'elastic-ip/b'],
        ['nat-gateway/a', 'nat-gateway/b'],
      ],
    ],
    ['deploy-staging', [['service/staging'], ['scalable-target/staging'], ['scaling-policy/staging']]],
  ])('%s', (name, expected) => {
    expect(waves(name)).toEqual(expected);
  });

  test('are refused where two wait for each other', () => {
    const task = (key: string, other: string): Task => ({
      name: `vpc/${key}`,
      resource: allResources.vpc,
      wanted: { key, spec: { other: ref('vpc', other) } },
    });
    expect(() => wavesOf([task('a', 'b'), task('b', 'a')])).toThrow('vpc/a, vpc/b wait for each other');
  });
});

describe('together', () => {
  const fails = (error: unknown) => Promise.reject(error);
  test.each<[string, readonly Error[], object]>([
    [
      'what does not pass by itself comes before what may',
      [new TransientError('slow'), new DeniedError('not you'), new ResourceFailedError('full')],
      { name: 'DeniedError', message: 'not you\nand: full\nand: slow' },
    ],
    [
      'a denial, which no later run is spared, comes before what may work then',
      [new ResourceFailedError('full'), new DeniedError('not you')],
      { name: 'DeniedError', message: 'not you\nand: full' },
    ],
    [
      'a later run comes before everything',
      [new ResourceFailedError('full'), new FencedError('later')],
      { name: 'FencedError', message: 'later\nand: full' },
    ],
    ['one alone is itself', [new TransientError('slow')], { name: 'TransientError', message: 'slow' }],
  ])('%s', async (_, errors, expected) => {
    await expect(together([Promise.resolve(1), ...errors.map(fails)])).rejects.toMatchObject(expected);
  });
  test('one error that several met is told once', async () => {
    const error = new FencedError('later');
    await expect(together([fails(error), fails(error)])).rejects.toMatchObject({ message: 'later' });
  });
});
