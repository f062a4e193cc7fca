import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from '@jest/globals';
import { fromElbActions, type ListenerAction, toElbAction } from '../../../../lambdas/resources/listener-action.ts';

const redirect: ListenerAction = { type: 'redirect', protocol: 'HTTPS', port: '443', code: 'HTTP_301' };

describe('what ELB shows', () => {
  test.each<[string, Action[], unknown]>([
    [
      'a single target group named twice is one forward',
      [
        {
          Type: 'forward',
          TargetGroupArn: 'arn:one',
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: 'arn:one', Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ],
      { type: 'forward', targetGroup: 'arn:one' },
    ],
    [
      'a redirect that keeps host, path and query is ours',
      [
        {
          Type: 'redirect',
          RedirectConfig: {
            Protocol: 'HTTPS',
            Port: '443',
            Host: '#{host}',
            Path: '/#{path}',
            Query: '#{query}',
            StatusCode: 'HTTP_301',
          },
        },
      ],
      redirect,
    ],
  ])('%s', (_, actions, expected) => {
    expect(fromElbActions(actions)).toEqual(expected);
  });

  test.each<[string, Action[]]>([
    [
      'two target groups with weights',
      [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'a' }, { TargetGroupArn: 'b' }] } }],
    ],
    [
      'a redirect to another host',
      [{ Type: 'redirect', RedirectConfig: { Host: 'example.com', StatusCode: 'HTTP_301' } }],
    ],
    ['a fixed answer', [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }]],
  ])('%s is shown as it is', (_, actions) => {
    expect(fromElbActions(actions)).toMatchObject({ settings: actions });
  });
});

test.each<[string, ListenerAction]>([
  ['a forward', { type: 'forward', targetGroup: 'arn:one' }],
  ['a redirect', redirect],
])('%s is read back as it was written', (_, action) => {
  expect(fromElbActions([toElbAction(action)])).toEqual(action);
});

test.each<[string, Action[] | undefined, unknown]>([
  ['no action is none', undefined, { type: 'none', settings: undefined }],
  [
    'several actions are named together',
    [{ Type: 'authenticate-oidc' }, { Type: 'forward', TargetGroupArn: 'arn:one' }],
    {
      type: 'authenticate-oidc, forward',
      settings: [{ Type: 'authenticate-oidc' }, { Type: 'forward', TargetGroupArn: 'arn:one' }],
    },
  ],
  [
    'a target group in the long form only is one forward',
    [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'arn:one' }] } }],
    { type: 'forward', targetGroup: 'arn:one' },
  ],
])('%s', (_, actions, expected) => {
  expect(fromElbActions(actions)).toEqual(expected);
});

test.each<[string, Action]>([
  ['another path', { Type: 'redirect', RedirectConfig: { Path: '/other', StatusCode: 'HTTP_301' } }],
  ['another query', { Type: 'redirect', RedirectConfig: { Query: 'a=b', StatusCode: 'HTTP_301' } }],
  [
    'sticky sessions',
    { Type: 'forward', TargetGroupArn: 'arn:one', ForwardConfig: { TargetGroupStickinessConfig: { Enabled: true } } },
  ],
])('%s is shown as it is', (_, action) => {
  expect(fromElbActions([action])).toEqual({ type: action.Type, settings: [action] });
});

test.each<[string, 'HTTP_301' | 'HTTP_302']>([
  ['permanent', 'HTTP_301'],
  ['temporary', 'HTTP_302'],
])('a %s redirect is written as one', (_, code) => {
  expect(toElbAction({ type: 'redirect', protocol: 'HTTPS', port: '443', code })).toEqual({
    Type: 'redirect',
    RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: code },
  });
});
