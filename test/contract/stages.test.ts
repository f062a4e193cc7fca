import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { entries } from '../../infra/bundles.ts';
import { referencesIn } from '../../lambdas/engine/resolve.ts';
import { wantedIn } from '../../lambdas/engine/wanted.ts';
import { allResources } from '../../lambdas/resources/all.ts';
import { deferredKinds, kinds, makingStages, stages } from '../../workflow/stages.ts';
import { regionConfig } from '../support/region-config.ts';

const root = join(import.meta.dirname, '../..');

const configs = [
  ['the primary region', regionConfig()],
  ['another region', regionConfig({ primary: false, region: 'us-west-2' })],
  [
    'a region with a certificate',
    regionConfig({ certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/ab' }),
  ],
] as const;

describe('stages.ts and the resource kinds', () => {
  test('every kind stands under its own name in the table of kinds', () => {
    const named = Object.fromEntries(Object.entries(allResources).map(([name, { kind }]) => [name, kind]));
    expect(named).toEqual(Object.fromEntries(kinds.map((kind) => [kind, kind])));
  });

  test('every kind has unit tests of its own', () => {
    const files = readdirSync(join(root, 'test/unit/lambdas/resources'));
    expect(kinds.filter((kind) => !files.includes(`${kind}.test.ts`))).toEqual([]);
  });

  test('the search for leaks lists every kind but those that come and go with another', () => {
    const source = readFileSync(join(root, 'test/bench/inventory.ts'), 'utf8');
    const unlisted = kinds.filter((kind) => !source.includes(`\`${kind} $`) && !source.includes(`\`global ${kind} $`));
    expect(unlisted.toSorted()).toEqual(['nat-route', 'pipeline-transition', 'service-linked-role']);
  });

  test('the buckets are made first of all: the pipeline of another region asks for them by name', () => {
    expect(kinds[0]).toBe('artifact-bucket');
  });

  test.each(configs)('in %s a resource refers only to what is made before it', (_, config) => {
    const made = new Set<string>();
    const early: string[] = [];
    for (const stage of makingStages) {
      for (const kind of stage.kinds) {
        const wanted = wantedIn(allResources[kind], config, stage.name);
        for (const { key, spec } of wanted) {
          early.push(
            ...referencesIn(spec)
              .filter((reference) => !made.has(reference))
              .map((reference) => `${kind}/${key} → ${reference}`),
          );
          made.add(`${kind}/${key}`);
        }
      }
    }
    expect(early).toEqual([]);
  });

  test.each(configs)('in %s every wanted resource is made by exactly one stage', (_, config) => {
    const madeBy = new Map<string, string[]>();
    for (const stage of makingStages) {
      for (const kind of stage.kinds) {
        for (const { key } of wantedIn(allResources[kind], config, stage.name)) {
          madeBy.set(`${kind}/${key}`, [...(madeBy.get(`${kind}/${key}`) ?? []), stage.name]);
        }
      }
    }
    const wanted = kinds.flatMap((kind) => allResources[kind].specs(config).map(({ key }) => `${kind}/${key}`)).sort();
    expect([...madeBy.keys()].sort()).toEqual(wanted);
    expect([...madeBy].filter(([, by]) => by.length !== 1)).toEqual([]);
  });

  test.each(configs)('in %s what is deferred is applied by a later stage', (_, config) => {
    const order = stages.map(({ name }) => name);
    const wrong = makingStages.flatMap((maker) =>
      maker.kinds.flatMap((kind) =>
        wantedIn(allResources[kind], config, maker.name).flatMap(({ key, deferredTo }) => {
          if (deferredTo === undefined) return [];
          const stage = makingStages.find(({ name }) => name === deferredTo);
          const finished = stage !== undefined && deferredKinds(stage).includes(kind);
          return finished && order.indexOf(deferredTo) > order.indexOf(maker.name)
            ? []
            : [`${kind}/${key} → ${deferredTo}`];
        }),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('a kind whose deferred changes a stage applies says what it calls there', () => {
    const silent = makingStages.flatMap((stage) =>
      deferredKinds(stage).filter((kind) => allResources[kind].permissions.deferred === undefined),
    );
    expect(silent).toEqual([]);
  });

  test('an await stage waits for kinds that the earlier stage it names makes', () => {
    const wrong = stages.flatMap((stage, index) =>
      'awaits' in stage
        ? stage.awaits.filter(({ kind, stage: maker }) => {
            const made = stages.slice(0, index).find(({ name }) => name === maker);
            return made === undefined || !('kinds' in made) || !made.kinds.some((each) => each === kind);
          })
        : [],
    );
    expect(wrong).toEqual([]);
  });
});

describe('stages.ts and the Lambdas', () => {
  test('every Lambda is a handler file, and every handler file is a Lambda', () => {
    const exporting = readdirSync(join(root, 'lambdas'), { recursive: true, encoding: 'utf8' })
      .filter(
        (file) =>
          file.endsWith('.ts') && /^export const handler\b/m.test(readFileSync(join(root, 'lambdas', file), 'utf8')),
      )
      .map((file) => `lambdas/${file}`);
    expect(entries.map(({ file }) => file).sort()).toEqual(exporting.sort());
  });

  test.each(stages.map(({ name }) => [name] as const))('the handler of %s is made for that stage', (name) => {
    const source = readFileSync(join(root, `lambdas/stages/${name}.ts`), 'utf8');
    expect(source).toMatch(new RegExp(`(making|waiting)Stage\\(\\s*'${name}'`));
  });
});
