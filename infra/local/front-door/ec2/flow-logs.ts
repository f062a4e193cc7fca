import { type Call, type Interceptor, structures, text } from '../call.ts';
import { content, type Element, readXml } from '../xml.ts';
import { describing } from './describe.ts';
import { textsAt } from './filters.ts';

/** Flow logs with the members that ministack forgets: log group, delivery role, status and tags. */
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
        tagSet: {
          item: structures(call.parameters, 'TagSpecification')
            .filter((specification) => text(specification, 'ResourceType') === 'vpc-flow-log')
            .flatMap((specification) => structures(specification, 'Tag'))
            .map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') })),
        },
      });
    }
    return reply;
  };

  readonly describe: Interceptor = describing('DescribeFlowLogs', async (items) => {
    for (const item of items) Object.assign(item, this.#known.get(content(item, 'flowLogId') ?? ''));
  });
}
