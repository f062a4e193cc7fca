import { CreateTagsCommand, paginateDescribeTags } from '@aws-sdk/client-ec2';
import { type Call, type Interceptor, structures, text } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { content, type Element, readXml } from '../xml.ts';
import { describing } from './describe.ts';
import { textsAt } from './filters.ts';

/** Flow logs with the members that ministack forgets: log group, delivery role, status and tags of the creating call. */
export class FlowLogs {
  readonly #emulator: Emulator;
  readonly #known = new Map<string, Element>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  readonly create: Interceptor = async (call: Call, next) => {
    const { root, reply } = await readXml(await next(call));
    const ids = textsAt(root, ['flowLogIdSet', 'item']);
    const tags = structures(call.parameters, 'TagSpecification')
      .filter((specification) => text(specification, 'ResourceType') === 'vpc-flow-log')
      .flatMap((specification) => structures(specification, 'Tag'))
      .map((tag) => ({ Key: text(tag, 'Key'), Value: text(tag, 'Value') }));
    if (ids.length > 0 && tags.length > 0)
      await this.#emulator.ec2(call.region).send(new CreateTagsCommand({ Resources: ids, Tags: tags }));
    for (const id of ids)
      this.#known.set(id, {
        logGroupName: text(call.parameters, 'LogGroupName'),
        deliverLogsPermissionArn: text(call.parameters, 'DeliverLogsPermissionArn'),
        maxAggregationInterval: text(call.parameters, 'MaxAggregationInterval') ?? '600',
        deliverLogsStatus: 'SUCCESS',
      });
    return reply;
  };

  readonly describe: Interceptor = describing('DescribeFlowLogs', async (items, { region }) => {
    for (const item of items) {
      const id = content(item, 'flowLogId') ?? '';
      Object.assign(item, this.#known.get(id), { tagSet: { item: await this.#tagsOf(region, id) } });
    }
  });

  async #tagsOf(region: string, id: string): Promise<Element[]> {
    const tags: Element[] = [];
    const query = { Filters: [{ Name: 'resource-id', Values: [id] }] };
    for await (const { Tags = [] } of paginateDescribeTags({ client: this.#emulator.ec2(region) }, query))
      tags.push(...Tags.map(({ Key, Value }) => ({ key: Key, value: Value })));
    return tags;
  }
}
