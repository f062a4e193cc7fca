import { describe, expect, test } from '@jest/globals';
import { type DashboardSpec, dashboard } from '../../../../lambdas/resources/dashboard.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec = dashboard.specs(regionConfig())[0]?.spec as DashboardSpec;
const text = JSON.stringify(spec.body);

describe('specs', () => {
  test('its name, which the whole account shares, holds the region', () => {
    expect([spec.name, dashboard.specs(secondaryConfig())[0]?.spec.name]).toEqual([
      'platform-us-east-1',
      'platform-us-west-2',
    ]);
  });

  test.each([
    ['CPU', 'CPUUtilization'],
    ['memory', 'MemoryUtilization'],
    ['requests', 'RequestCount'],
    ['5XX answers', 'HTTPCode_Target_5XX_Count'],
    ['response time', 'TargetResponseTime'],
    ['healthy targets', 'HealthyHostCount'],
    ['the alarms', '${alarm/unhealthy-targets.arn}'],
    ["staging's logs", "SOURCE '/slipway/platform/staging'"],
    ["production's logs", "SOURCE '/slipway/platform/production'"],
  ])('it shows %s', (_, part) => {
    expect(text).toContain(part);
  });

  test('it shows both environments', () => {
    for (const environment of ['staging', 'production'])
      expect(text).toContain(`\${target-group/${environment}.suffix}`);
  });

  test('its widgets lie side by side on a grid of 24', () => {
    const places = spec.body.widgets as readonly { x: number; y: number; width: number; height: number }[];
    for (const [index, one] of places.entries()) {
      expect(one.x + one.width).toBeLessThanOrEqual(24);
      for (const other of places.slice(index + 1))
        expect(
          one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y,
        ).toBe(true);
    }
  });
});

describe('diff', () => {
  const found = (body: unknown) => ({ key: 'main', id: spec.name, body });
  test('goes by meaning, not by spelling', () => {
    const reversed = JSON.parse(JSON.stringify(spec.body), (_, value) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(dashboard.diff(spec, found(reversed))).toEqual([]);
  });

  test('sees a widget less', () => {
    expect(dashboard.diff(spec, found({ widgets: spec.body.widgets.slice(1) }))).toMatchObject([{ path: 'body' }]);
  });

  test('sees a body that is no JSON', () => {
    expect(dashboard.diff(spec, found('nonsense'))).toMatchObject([{ path: 'body', was: 'nonsense' }]);
  });
});
