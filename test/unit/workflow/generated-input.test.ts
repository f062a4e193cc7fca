import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allResources } from '../../../lambdas/resources/all.ts';
import { network, overlap } from '../../../workflow/cidr.ts';
import { parseInput } from '../../../workflow/input.ts';
import { resolveConfig } from '../../../workflow/resolve-config.ts';
import type { Kind } from '../../../workflow/stages.ts';
import { badInput, goodInput } from '../../support/generated-inputs.ts';

const inputOf = (raw: unknown) => {
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.input;
};

describe('a generated bad input', () => {
  test('is refused, every time, with the path of what is wrong', () => {
    fc.assert(
      fc.property(badInput, ({ raw, path }) => {
        const parsed = parseInput(raw);
        const paths = 'problems' in parsed ? parsed.problems.map((problem) => problem.path) : [];
        // Inside a value of the wrong kind, or beside it, there may be more to say.
        expect(paths.some((each) => each.startsWith(path))).toBe(true);
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });
});

/** What AWS allows (service models); the other kinds' names are held against the models in test/contract. */
const nameLimits: Partial<Record<Kind, number>> = {
  'load-balancer': 32,
  'target-group': 32,
  role: 64,
  'artifact-bucket': 63,
};

describe('whatever a good input asks for', () => {
  test('subnets lie inside their VPC, no two networks overlap, and names stay within AWS’s limits', () => {
    const parsed = new Set<string>();
    fc.assert(
      fc.property(goodInput, (raw) => {
        const input = inputOf(raw);
        parsed.add(JSON.stringify(raw));
        const zones = Object.fromEntries(
          input.regions.map(({ region }) => [
            region,
            ['a', 'b', 'c', 'd'].slice(0, input.zoneCount).map((letter) => region + letter),
          ]),
        );
        const configs = resolveConfig(input, {
          account: '123456789012',
          partition: 'aws',
          homeRegion: 'us-east-1',
          zones,
          image: { base: 'x', digest: 'sha256:0', tag: '0' },
          permissionsBoundaryArn: 'arn',
        });
        expect(configs.map(({ region }) => region)).toEqual(raw.regions.map(({ region }) => region));
        expect(apart(configs.map((config) => network(config.network.cidr)))).toBe(true);
        for (const config of configs) {
          expect(config.tags).toEqual(raw.tags);
          const vpc = network(config.network.cidr);
          expect(config.network.zones).toHaveLength(raw.zoneCount);
          const subnets = config.network.zones
            .flatMap(({ publicCidr, privateCidr }) => [publicCidr, privateCidr])
            .map(network);
          for (const { first, size } of subnets) {
            expect(first).toBeGreaterThanOrEqual(vpc.first);
            expect(first + size).toBeLessThanOrEqual(vpc.first + vpc.size);
          }
          expect(apart(subnets)).toBe(true);
          for (const { kind, specs } of Object.values(allResources)) {
            const limit = nameLimits[kind];
            if (limit === undefined) continue;
            const names = specs(config).map(({ spec }) => ('name' in spec ? String(spec.name) : ''));
            expect(names).not.toHaveLength(0);
            for (const name of names) {
              expect(name).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
              expect(name.length).toBeLessThanOrEqual(limit);
            }
          }
        }
      }),
      { numRuns: 200, seed: 1 },
    );
    // Not one and the same again and again.
    expect(parsed.size).toBeGreaterThan(190);
  });
});

const apart = (networks: readonly ReturnType<typeof network>[]): boolean =>
  networks.every((one, index) => networks.slice(index + 1).every((other) => !overlap(one, other)));
