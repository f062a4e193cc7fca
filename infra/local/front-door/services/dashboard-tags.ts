import { type Handlers, type Interceptor, jsonReply, text, texts } from '../call.ts';
import { tagsOf } from './tags.ts';

/** Tags of dashboards, which ministack does not know: put on by the call that makes one, or by the tagging calls. */
export function dashboardTags(): Handlers {
  /** By name: dashboards are the account's and not a region's. */
  const known = new Map<string, Readonly<Record<string, string>>>();
  const ofDashboard =
    (answer: (name: string, call: Parameters<Interceptor>[0]) => object): Interceptor =>
    async (call, next) => {
      const [, name] = /:dashboard\/(.+)$/.exec(text(call.parameters, 'ResourceARN') ?? '') ?? [];
      return name === undefined ? next(call) : jsonReply(answer(name, call), 200, 'application/x-amz-json-1.0');
    };
  return {
    // Tags are for a new dashboard only: of one that stands AWS ignores them.
    'monitoring:PutDashboard': async (call, next) => {
      const reply = await next(call);
      const name = text(call.parameters, 'DashboardName') ?? '';
      if (reply.status < 300 && !known.has(name)) known.set(name, tagsOf(call.parameters.Tags));
      return reply;
    },
    'monitoring:DeleteDashboards': async (call, next) => {
      const reply = await next(call);
      if (reply.status < 300) for (const name of texts(call.parameters, 'DashboardNames')) known.delete(name);
      return reply;
    },
    'monitoring:ListTagsForResource': ofDashboard((name) => ({
      Tags: Object.entries(known.get(name) ?? {}).map(([Key, Value]) => ({ Key, Value })),
    })),
    'monitoring:TagResource': ofDashboard((name, { parameters }) => {
      known.set(name, { ...known.get(name), ...tagsOf(parameters.Tags) });
      return {};
    }),
    'monitoring:UntagResource': ofDashboard((name, { parameters }) => {
      const gone = texts(parameters, 'TagKeys');
      known.set(name, Object.fromEntries(Object.entries(known.get(name) ?? {}).filter(([key]) => !gone.includes(key))));
      return {};
    }),
  };
}
