import { describe, expect, test } from '@jest/globals';
import { ownershipTags } from '../../../../lambdas/aws/ownership.ts';
import {
  type ListenerRuleFound,
  type ListenerRuleSpec,
  listenerRule,
  toFound,
} from '../../../../lambdas/resources/listener-rule.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const rewrites = [{ regex: '^/staging/?(.*)$', replace: '/$1' }];

describe('specs', () => {
  test.each([
    ['staging is behind its path on port 80', regionConfig(), 'http'],
    ['staging is behind its path on port 443 where that serves', regionConfig({ certificateArn: 'arn:acm' }), 'https'],
  ])('%s', (_, config, serving) => {
    expect(listenerRule.specs(config)).toEqual([
      {
        key: `${serving}-staging`,
        spec: {
          listener: `\${listener/${serving}.id}`,
          priority: 10,
          paths: ['/staging', '/staging/*'],
          action: { type: 'forward', targetGroup: '${target-group/staging.id}' },
          rewrites,
        },
      },
    ]);
  });

  test.each([
    ['/staging', '/'],
    ['/staging/', '/'],
    ['/staging/health', '/health'],
    ['/staging/a/b', '/a/b'],
  ])('the app sees %s as %s', (path, seen) => {
    const [rewrite] = listenerRule.specs(regionConfig())[0]?.spec.rewrites ?? [];
    expect(path.replace(new RegExp(rewrite?.regex ?? ''), rewrite?.replace ?? '')).toBe(seen);
  });
});

const spec: ListenerRuleSpec = {
  listener: 'arn:listener',
  priority: 10,
  paths: ['/staging', '/staging/*'],
  action: { type: 'forward', targetGroup: 'arn:staging' },
  rewrites,
};
const found = (overrides: Partial<ListenerRuleFound> = {}): ListenerRuleFound => ({
  ...spec,
  key: 'http-staging',
  id: 'arn:rule',
  otherConditions: [],
  otherTransforms: [],
  ...overrides,
});

describe('diff', () => {
  test.each<[string, Partial<ListenerRuleFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['does not mind the order of the paths', { paths: ['/staging/*', '/staging'] }, []],
    ['names a priority that was moved', { priority: 1 }, ['priority']],
    ['names a path that is missing', { paths: ['/staging'] }, ['paths']],
    [
      'names a transform that somebody added',
      { otherTransforms: [{ Type: 'host-header-rewrite' }] },
      ['otherTransforms'],
    ],
    ['names a condition that somebody added', { otherConditions: [{ Field: 'host-header' }] }, ['otherConditions']],
    ['names another target', { action: { type: 'forward', targetGroup: 'arn:production' } }, ['action']],
    ['names a rewrite that is missing', { rewrites: [] }, ['rewrites']],
  ])('%s', (_, overrides, paths) => {
    expect(listenerRule.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });

  test('asks for a replacement on another listener', () => {
    expect(listenerRule.diff(spec, found({ listener: 'arn:other' }))[0]?.replace).toBe(true);
  });
});

test('what ELB shows is read back as what we wrote', () => {
  const [seen] = toFound(
    scope,
    'arn:listener',
    {
      RuleArn: 'arn:rule',
      Priority: '10',
      Conditions: [
        {
          Field: 'path-pattern',
          Values: ['/staging', '/staging/*'],
          PathPatternConfig: { Values: ['/staging', '/staging/*'] },
        },
      ],
      Actions: [{ Type: 'forward', TargetGroupArn: 'arn:staging' }],
      Transforms: [
        {
          Type: 'url-rewrite',
          UrlRewriteConfig: { Rewrites: [{ Regex: '^/staging/?(.*)$', Replace: '/$1' }] },
        },
      ],
    },
    ownershipTags(scope, 'listener-rule', 'http-staging'),
  );
  expect(seen && listenerRule.diff(spec, seen)).toEqual([]);
});
