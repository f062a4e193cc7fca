import { describe, expect, test } from '@jest/globals';
import { costLines, monthlyCost } from '../../../workflow/prices.ts';
import { regionConfig, secondaryConfig } from '../../support/region-config.ts';

const config = regionConfig();
const unknown = regionConfig({ region: 'ap-south-2' });

describe('monthlyCost', () => {
  test('is the sum of what the diagrams draw, at us-east-1’s list prices', () => {
    // 2 zones: a NAT gateway with its address, and the load balancer's address; the load balancer; 4 tasks of
    // 0.25 vCPU and 0.5 GB; 10 GB of logs; 9 alarms.
    const hourly = 2 * (0.045 + 2 * 0.005) + 0.0225 + 4 * (0.25 * 0.04048 + 0.5 * 0.004445);
    expect(monthlyCost(config)).toBeCloseTo(730 * hourly + 10 * 0.5 + 9 * 0.1, 6);
  });

  test.each([
    ['tasks that always run', { app: { ...config.app, minCount: 3 } }],
    ['CPU', { app: { ...config.app, cpu: 512 } }],
    ['memory', { app: { ...config.app, memory: 1024 } }],
    [
      'zones',
      {
        network: {
          ...config.network,
          zones: [
            ...config.network.zones,
            { letter: 'c', name: 'us-east-1c', publicCidr: '10.0.3.0/24', privateCidr: '10.0.13.0/24' },
          ],
        },
      },
    ],
  ])('is more with more %s', (_, overrides) => {
    expect(monthlyCost(regionConfig(overrides))).toBeGreaterThan(monthlyCost(config) ?? Number.NaN);
  });

  test('is no other for a service that starts with more tasks, which autoscaling takes down again', () => {
    expect(monthlyCost(regionConfig({ app: { ...config.app, desiredCount: 5 } }))).toBe(monthlyCost(config));
  });

  test('is not guessed where no price is known', () => {
    expect(monthlyCost(unknown)).toBeUndefined();
  });

  test('is counted at the input’s own prices where it gives some', () => {
    const cheaper = monthlyCost(regionConfig({ prices: { natGateway: 0.025 } })) ?? Number.NaN;
    expect((monthlyCost(config) ?? Number.NaN) - cheaper).toBeCloseTo(2 * 0.02 * 730, 6);
  });

  test('needs all of a region’s prices where none is known', () => {
    const { alarm, ...most } = {
      natGateway: 0.05,
      publicAddress: 0.005,
      loadBalancer: 0.02,
      vcpu: 0.04,
      gigabyte: 0.004,
      logGigabyte: 0.6,
      alarm: 0.1,
    };
    const own = (prices: NonNullable<typeof config.prices>) =>
      monthlyCost(regionConfig({ region: 'ap-south-2', prices }));
    expect(own(most)).toBeUndefined();
    expect(own({ ...most, alarm })).toBeGreaterThan(0);
  });
});

describe('costLines', () => {
  test('has a line for each region, and the sum', () => {
    const [one, other, sum, ...rest] = costLines([config, secondaryConfig()]).slice(0, -1);
    const figures = 'about \\$\\d+ a month, \\$\\d+ with every service at its maxCount$';
    expect(one).toMatch(new RegExp(`^us-east-1: ${figures}`));
    expect(other).toMatch(new RegExp(`^us-west-2: ${figures}`));
    expect(sum).toMatch(new RegExp(`^all regions: ${figures}`));
    expect(rest).toEqual([]);
  });

  test('says so where no price is known, and gives no sum then', () => {
    expect(costLines([config, unknown])).toEqual([
      expect.stringMatching(/^us-east-1: about/),
      'ap-south-2: no price known',
      expect.stringMatching(/^at list prices of/),
    ]);
  });

  test('has one figure where the number of tasks is fixed', () => {
    const fixed = regionConfig({ app: { ...config.app, maxCount: config.app.minCount } });
    expect(costLines([fixed])[0]).toMatch(/^us-east-1: about \$\d+ a month$/);
  });

  test('needs no sum for one region', () => {
    expect(costLines([config]).join()).not.toContain('all regions');
  });

  test('says what the figures are, with the date of the prices', () => {
    expect(costLines([config]).at(-1)).toBe(
      'at list prices of 2026-11, with 10 GB of logs a region, without traffic and builds',
    );
    expect(costLines([unknown])).toEqual(['ap-south-2: no price known']);
  });
});
