import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';

/** What a listener or a rule does with a request. */
export type ListenerAction =
  | { readonly type: 'forward'; readonly targetGroup: string }
  | { readonly type: 'redirect'; readonly protocol: string; readonly port: string; readonly code: string };

/** What we never want, but people may set up: shown as it is. */
export interface OtherAction {
  readonly type: string;
  readonly settings: unknown;
}

export const toElbAction = (action: ListenerAction): Action =>
  action.type === 'forward'
    ? { Type: 'forward', TargetGroupArn: action.targetGroup }
    : {
        Type: 'redirect',
        RedirectConfig: {
          Protocol: action.protocol,
          Port: action.port,
          StatusCode: action.code === 'HTTP_302' ? 'HTTP_302' : 'HTTP_301',
        },
      };

/** ELB names a single target group twice, and fills in where a redirect keeps host, path and query. */
export function fromElbActions(actions: readonly Action[] | undefined): ListenerAction | OtherAction {
  const [action, ...others] = actions ?? [];
  if (action === undefined) return { type: 'none', settings: undefined };
  if (others.length === 0 && action.Type === 'forward') {
    const groups = action.ForwardConfig?.TargetGroups ?? [];
    const [group] = groups;
    const targetGroup = action.TargetGroupArn ?? group?.TargetGroupArn;
    if (groups.length <= 1 && targetGroup !== undefined && !action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled)
      return { type: 'forward', targetGroup };
  }
  if (others.length === 0 && action.Type === 'redirect' && action.RedirectConfig !== undefined) {
    const { Host, Path, Query, Protocol, Port, StatusCode } = action.RedirectConfig;
    const keeps =
      (Host ?? '#{host}') === '#{host}' && (Path ?? '/#{path}') === '/#{path}' && (Query ?? '#{query}') === '#{query}';
    if (keeps) return { type: 'redirect', protocol: Protocol ?? '', port: Port ?? '', code: StatusCode ?? '' };
  }
  return { type: [action, ...others].map(({ Type }) => Type).join(', '), settings: actions };
}
