import type { Action, Rule, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';

/** What a listener rule looks at. */
export interface RuledRequest {
  readonly method: string;
  /** Without the port. */
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
}

/** ELB's wildcards: `*` any text, `?` one character. */
function elbWildcard(pattern: string, flags = ''): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}

const some = (patterns: readonly string[] | undefined, value: string, flags = ''): boolean =>
  (patterns ?? []).some((pattern) => elbWildcard(pattern, flags).test(value));
const someRegex = (patterns: readonly string[] | undefined, value: string): boolean =>
  (patterns ?? []).some((pattern) => new RegExp(pattern).test(value));

/**
 * Whether a condition holds: values are alternatives; host names and header values compare without case, paths with it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 */
export function conditionHolds(condition: RuleCondition, request: RuledRequest): boolean {
  const { Values: values } = condition;
  switch (condition.Field) {
    case 'path-pattern':
      return (
        some(condition.PathPatternConfig?.Values ?? values, request.path) ||
        someRegex(condition.PathPatternConfig?.RegexValues, request.path)
      );
    case 'host-header':
      return (
        some(condition.HostHeaderConfig?.Values ?? values, request.host, 'i') ||
        someRegex(condition.HostHeaderConfig?.RegexValues, request.host)
      );
    case 'http-request-method':
      return (condition.HttpRequestMethodConfig?.Values ?? values ?? []).includes(request.method);
    case 'http-header': {
      const value = request.header(condition.HttpHeaderConfig?.HttpHeaderName ?? '');
      return value !== undefined && some(condition.HttpHeaderConfig?.Values, value, 'i');
    }
    case 'query-string':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key: key, Value: wanted = '' }) =>
        [...request.query].some(
          ([name, value]) =>
            (key === undefined || elbWildcard(key, 'i').test(name)) && elbWildcard(wanted, 'i').test(value),
        ),
      );
    default:
      return false;
  }
}

/** Rules in the order in which they are tried; the default one is last. */
const inOrder = (rules: readonly Rule[]): Rule[] =>
  [...rules].sort(
    (a, b) => Number(a.IsDefault === true) - Number(b.IsDefault === true) || Number(a.Priority) - Number(b.Priority),
  );

/** The first rule whose conditions all hold. */
export const ruleFor = (rules: readonly Rule[], request: RuledRequest): Rule | undefined =>
  inOrder(rules).find(
    (rule) =>
      rule.IsDefault === true || (rule.Conditions ?? []).every((condition) => conditionHolds(condition, request)),
  );

/**
 * Applies a rule's transforms: url-rewrite replaces in path and query, host-header-rewrite in the Host header; what the expression does not
 * match stays. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
 */
export function transformed(rule: Rule, target: string, host: string): { target: string; host: string } {
  let result = { target, host };
  for (const transform of rule.Transforms ?? []) {
    if (transform.Type === 'url-rewrite') {
      for (const { Regex, Replace } of transform.UrlRewriteConfig?.Rewrites ?? []) {
        const rewritten = result.target.replace(new RegExp(Regex ?? ''), Replace ?? '');
        result = { ...result, target: rewritten.startsWith('/') ? rewritten : `/${rewritten}` };
      }
    } else {
      for (const { Regex, Replace } of transform.HostHeaderRewriteConfig?.Rewrites ?? []) {
        result = { ...result, host: result.host.replace(new RegExp(Regex ?? ''), Replace ?? '') };
      }
    }
  }
  return result;
}

/** The `Location` of a redirect action: `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` stand for the request's own. */
export function redirectLocation(
  action: Action,
  request: {
    readonly protocol: string;
    readonly host: string;
    readonly port: number;
    readonly path: string;
    readonly query: string;
  },
): string {
  const {
    Protocol = '#{protocol}',
    Host = '#{host}',
    Port = '#{port}',
    Path = '/#{path}',
    Query = '#{query}',
  } = action.RedirectConfig ?? {};
  const fill = (template: string): string =>
    template
      .replaceAll('#{protocol}', request.protocol)
      .replaceAll('#{host}', request.host)
      .replaceAll('#{port}', String(request.port))
      .replaceAll('#{path}', request.path.replace(/^\//, ''))
      .replaceAll('#{query}', request.query);
  const query = fill(Query);
  return `${fill(Protocol).toLowerCase()}://${fill(Host)}:${fill(Port)}${fill(Path)}${query === '' ? '' : `?${query}`}`;
}

/** Whether a status is among a matcher's codes: `200`, `200,302` or `200-299`. */
export function matcherAccepts(codes: string, status: number): boolean {
  return codes.split(',').some((part) => {
    const [from = '', to = from] = part.trim().split('-');
    return Number(from) <= status && status <= Number(to);
  });
}
