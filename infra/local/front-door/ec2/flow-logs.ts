import { CreateTagsCommand, paginateDescribeTags } from '@aws-sdk/client-ec2';
import { account } from '../../paths.ts';
import { type Call, type Interceptor, structures, text } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import type { DenialOf } from '../iam/authorizer.ts';
import { content, type Element, readXml } from '../xml.ts';
import { describing } from './describe.ts';
import { textsAt } from './filters.ts';

/** Flow logs with the members that ministack forgets: log group, delivery role, status and tags of the creating call. */
export class FlowLogs {
  readonly #emulator: Emulator;
  readonly #denialOf: DenialOf;
  readonly #known = new Map<string, Element>();

  constructor(emulator: Emulator, denialOf: DenialOf) {
    this.#emulator = emulator;
    this.#denialOf = denialOf;
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
      });
    return reply;
  };

  readonly describe: Interceptor = describing('DescribeFlowLogs', async (items, { region }) => {
    for (const item of items) {
      const id = content(item, 'flowLogId') ?? '';
      const known = this.#known.get(id) ?? {};
      const delivery = await this.#delivery(region, id, known);
      Object.assign(item, known, delivery, { tagSet: { item: await this.#tagsOf(region, id) } });
    }
  });

  /** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html, and "Troubleshoot": "Access error" */
  async #delivery(region: string, id: string, known: Element): Promise<Element> {
    const roleArn = content(known, 'deliverLogsPermissionArn');
    if (roleArn === undefined) return { deliverLogsStatus: 'SUCCESS' };
    const group = `arn:aws:logs:${region}:${account}:log-group:${content(known, 'logGroupName')}`;
    const needed = {
      'logs:DescribeLogStreams': group,
      'logs:CreateLogStream': group,
      'logs:PutLogEvents': `${group}:log-stream:${id}`,
    };
    for (const [action, resource] of Object.entries(needed)) {
      const asked = { principal: `vpc-flow-logs:${id}`, roleArn, region, service: 'vpc-flow-logs.amazonaws.com' };
      const sourceArn = `arn:aws:ec2:${region}:${account}:vpc-flow-log/${id}`;
      if ((await this.#denialOf({ ...asked, sourceArn, action, resource })) !== undefined)
        return { deliverLogsStatus: 'FAILED', deliverLogsErrorMessage: 'Access error' };
    }
    return { deliverLogsStatus: 'SUCCESS' };
  }

  async #tagsOf(region: string, id: string): Promise<Element[]> {
    const tags: Element[] = [];
    const query = { Filters: [{ Name: 'resource-id', Values: [id] }] };
    for await (const { Tags = [] } of paginateDescribeTags({ client: this.#emulator.ec2(region) }, query))
      tags.push(...Tags.map(({ Key, Value }) => ({ key: Key, value: Value })));
    return tags;
  }
}
