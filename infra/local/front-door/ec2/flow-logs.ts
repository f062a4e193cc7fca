import { type Call, type Interceptor, text } from '../call.ts';
import { content, type Element, readXml } from '../xml.ts';
import { describing } from './describe.ts';
import { textsAt } from './filters.ts';

/** Flow logs with the members that ministack forgets: log group, delivery role and status. */
export class FlowLogs {
  readonly #known = new Map<string, Element>();

  readonly create: Interceptor = async (call: Call, next) => {
    const { root, reply } = await readXml(await next(call));
    for (const id of textsAt(root, ['flowLogIdSet', 'item'])) {
      this.#known.set(id, {
        logGroupName: text(call.parameters, 'LogGroupName'),
        deliverLogsPermissionArn: text(call.parameters, 'DeliverLogsPermissionArn'),
        maxAggregationInterval: text(call.parameters, 'MaxAggregationInterval') ?? '600',
        deliverLogsStatus: 'SUCCESS',
      });
    }
    return reply;
  };

  readonly describe: Interceptor = describing('DescribeFlowLogs', async (items) => {
    for (const item of items) Object.assign(item, this.#known.get(content(item, 'flowLogId') ?? ''));
  });
}
