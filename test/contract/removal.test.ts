import { expect, test } from '@jest/globals';
import { referencesIn } from '../../lambdas/engine/resolve.ts';
import { wantedIn } from '../../lambdas/engine/wanted.ts';
import { allResources } from '../../lambdas/resources/all.ts';
import { type MakingStageName, makingStages, removalSteps } from '../../workflow/stages.ts';
import { regionConfig } from '../support/region-config.ts';

/** Where a stage is removed: which step, which of its chains, and which place in it. */
const places = new Map<MakingStageName, readonly [step: number, chain: number, place: number]>(
  removalSteps.flatMap(({ chains }, step) =>
    chains.flatMap((stages, chain) => stages.map((name, place) => [name, [step, chain, place]] as const)),
  ),
);

/** Whether the first is gone when the second is asked to go. */
function isBefore(one: MakingStageName, other: MakingStageName): boolean {
  const [step, chain, place] = places.get(one) ?? [0, 0, 0];
  const [otherStep, otherChain, otherPlace] = places.get(other) ?? [0, 0, 0];
  return step < otherStep || (step === otherStep && chain === otherChain && place < otherPlace);
}

const config = regionConfig();
const removed = makingStages.filter(({ name }) => name !== 'finish-production');
const made = removed.flatMap((stage) =>
  stage.kinds.flatMap((kind) =>
    wantedIn(allResources[kind], config, stage.name).map(({ key, spec }) => ({
      stage: stage.name,
      name: `${kind}/${key}`,
      refersTo: referencesIn(spec),
    })),
  ),
);

test('every stage is removed, once', () => {
  expect([...places.keys()].toSorted()).toEqual(removed.map(({ name }) => name).toSorted());
});

/** What AWS lets go while others refer to it: a route to a NAT gateway that is gone becomes a blackhole (VPC User Guide). */
const lets = /^nat-route\/.* refers to nat-gateway\//;

test('a stage goes after all those whose resources refer to its own', () => {
  const early = made.flatMap(({ stage, name, refersTo }) =>
    refersTo.flatMap((target) => {
      const maker = made.find((each) => each.name === target)?.stage ?? stage;
      return maker === stage || isBefore(stage, maker) ? [] : [`${name} refers to ${target}`];
    }),
  );
  expect(made.flatMap(({ refersTo }) => refersTo).length).toBeGreaterThan(50);
  expect(early.filter((each) => !lets.test(each))).toEqual([]);
});
