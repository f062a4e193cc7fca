import { describe, expect, test } from '@jest/globals';
import { parsePlan, seeded } from '../../../../infra/local/front-door/instruments/faults.ts';

describe('plans', () => {
  test('a number stands for a list of one', () => {
    expect(parsePlan('{"faults":[{"do":"kill","at":3}]}').faults).toEqual([{ do: 'kill', at: [3] }]);
  });
  test.each([
    ['not JSON', '{', 'not JSON'],
    ['a misspelt effect', '{"faults":[{"do":"kil"}]}', '→ at faults[0].do'],
    ['a misspelt member', '{"faults":[{"do":"kill","regoin":"x"}]}', '"regoin"'],
    ['a wrong type', '{"faults":[{"do":"kill","at":"3"}]}', '→ at faults[0].at'],
    ['a lag without seconds', '{"faults":[{"do":"lag"}]}', '→ at faults[0].seconds'],
    ['an unknown quota', '{"faults":[{"do":"quota","code":"L-1","value":1}]}', '→ at faults[0].code'],
    ['an unknown member', '{"fault":[]}', '"fault"'],
  ])('%s is refused', (_, text, message) => {
    expect(() => parsePlan(text)).toThrow(message);
  });
});

test('the generator is determined by its seed and spread over [0, 1)', () => {
  const [one, other] = [seeded(3), seeded(3)];
  const numbers = Array.from({ length: 1000 }, one);
  expect(Array.from({ length: 1000 }, other)).toEqual(numbers);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, each) => sum + each, 0) / 1000).toBeCloseTo(0.5, 1);
});
