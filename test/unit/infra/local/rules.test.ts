import type { Rule, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from '@jest/globals';
import {
  conditionHolds,
  matcherAccepts,
  type RuledRequest,
  redirectLocation,
  ruleFor,
  transformed,
} from '../../../../infra/local/front-door/elb/rules.ts';

const request = (target: string, over: Partial<RuledRequest> = {}): RuledRequest => {
  const url = new URL(target, 'http://app.example.com');
  return {
    method: 'GET',
    host: 'app.example.com',
    path: url.pathname,
    query: url.searchParams,
    header: (name) => ({ 'x-team': 'Blue' })[name.toLowerCase()],
    ...over,
  };
};
const path = (...Values: string[]): RuleCondition => ({ Field: 'path-pattern', PathPatternConfig: { Values } });

describe('a condition', () => {
  test.each<[string, RuleCondition, string, boolean]>([
    ['a path with a wildcard', path('/staging/*'), '/staging/a/b', true],
    ['a path without the slash', path('/staging/*'), '/staging', false],
    ['one of several paths', path('/staging', '/staging/*'), '/staging', true],
    ['a path in another case', path('/Staging'), '/staging', false],
    ['one character', path('/v?/x'), '/v2/x', true],
    ['a dot that is only a dot', path('/a.b'), '/axb', false],
    ['values in the old place', { Field: 'path-pattern', Values: ['/a'] }, '/a', true],
    [
      'a regular expression',
      { Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/v[0-9]+$'] } },
      '/v12',
      true,
    ],
    ['a host without case', { Field: 'host-header', HostHeaderConfig: { Values: ['APP.example.*'] } }, '/', true],
    ['another host', { Field: 'host-header', HostHeaderConfig: { Values: ['www.example.com'] } }, '/', false],
    ['a method', { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['POST'] } }, '/', false],
    [
      'a header without case',
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Team', Values: ['blue'] } },
      '/',
      true,
    ],
    ['a query', { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '1*' }] } }, '/?v=12', true],
    ['a kind that is not known', { Field: 'moon-phase' }, '/', false],
  ])('%s', (_name, condition, target, holds) => {
    expect(conditionHolds(condition, request(target))).toBe(holds);
  });
});

test('rules are tried by number, not by text, and the default last', () => {
  const rules: Rule[] = [
    { RuleArn: 'default', IsDefault: true, Priority: 'default' },
    { RuleArn: 'ten', Priority: '10', Conditions: [path('/*')] },
    { RuleArn: 'nine', Priority: '9', Conditions: [path('/a')] },
  ];
  expect(ruleFor(rules, request('/a'))?.RuleArn).toBe('nine');
  expect(ruleFor(rules, request('/b'))?.RuleArn).toBe('ten');
  expect(ruleFor([{ RuleArn: 'default', IsDefault: true }], request('/b'))?.RuleArn).toBe('default');
});

describe('a transform', () => {
  const rewrite = (Regex: string, Replace: string): Rule => ({
    Transforms: [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex, Replace }] } }],
  });
  test.each([
    ['takes a prefix off', '^/staging/?', '/', '/staging/a?b=1', '/a?b=1'],
    ['takes the whole path off', '^/staging/?', '/', '/staging', '/'],
    ['leaves what does not match', '^/staging/', '/', '/other', '/other'],
    ['uses groups', '^/v([0-9]+)/(.*)$', '/$2?v=$1', '/v2/x', '/x?v=2'],
    ['never leaves a path without its slash', '^/staging/', '', '/staging/a', '/a'],
  ])('%s', (_name, regex, replace, target, expected) => {
    expect(transformed(rewrite(regex, replace), target, 'h').target).toBe(expected);
  });
  test('rewrites the host', () => {
    const rule: Rule = {
      Transforms: [
        {
          Type: 'host-header-rewrite',
          HostHeaderRewriteConfig: { Rewrites: [{ Regex: '^(.*)\\.example\\.com$', Replace: '$1.internal' }] },
        },
      ],
    };
    expect(transformed(rule, '/', 'app.example.com')).toEqual({ target: '/', host: 'app.internal' });
  });
});

test('a redirect keeps what it does not name', () => {
  const parts = { protocol: 'http', host: 'h', port: 80, path: '/a/b', query: 'c=1' };
  const action = {
    Type: 'redirect' as const,
    RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' as const },
  };
  expect(redirectLocation(action, parts)).toBe('https://h:443/a/b?c=1');
});

test.each([
  ['200', 200, true],
  ['200', 204, false],
  ['200-299', 204, true],
  ['200,302', 302, true],
  ['200-299,301', 300, false],
])('the matcher %s and status %i → %s', (codes, status, accepted) => {
  expect(matcherAccepts(codes, status)).toBe(accepted);
});
