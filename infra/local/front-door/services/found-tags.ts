import { BatchGetProjectsCommand, CodeBuildClient, ListProjectsCommand } from '@aws-sdk/client-codebuild';
import { paginateDescribeTags } from '@aws-sdk/client-ec2';
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { account } from '../../paths.ts';
import { type Call, type Handlers, jsonOf, type Parameters, structures, text } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { tagsOf } from './tags.ts';

export type Tags = Readonly<Record<string, string>>;

export type Tagged = readonly (readonly [arn: string, tags: Tags])[];

/** An operation of a service that lives in the front door, without a caller. */
export const asked = async (
  handlers: Handlers,
  service: string,
  action: string,
  region: string,
  parameters: Parameters = {},
): Promise<Parameters> => {
  const call: Call = {
    service,
    action,
    region,
    principal: 'front-door',
    protocol: 'json',
    method: 'POST',
    target: '/',
    headers: {},
    parameters,
    body: Buffer.alloc(0),
  };
  const handler = handlers[`${service}:${action}`];
  if (handler === undefined) throw new Error(`the front door does not answer ${service}:${action}`);
  return jsonOf(await handler(call, () => Promise.reject(new Error(`${service} is not the emulator's`))));
};

/** What ministack's own GetResources knows, of one service or of all. */
export async function ofMinistack(emulator: Emulator, region: string, service?: string): Promise<Tagged> {
  const found: [string, Record<string, string>][] = [];
  const client = emulator.client(ResourceGroupsTaggingAPIClient, region);
  const filter = service === undefined ? {} : { ResourceTypeFilters: [service] };
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client }, filter))
    for (const { ResourceARN = '', Tags } of ResourceTagMappingList)
      if ((ResourceARN.split(':')[3] || region) === region) found.push([ResourceARN, tagsOf(Tags)]);
  return found;
}

export async function ofCodeBuild(emulator: Emulator, region: string): Promise<Tagged> {
  const client = emulator.client(CodeBuildClient, region);
  const { projects: names = [] } = await client.send(new ListProjectsCommand({}));
  if (names.length === 0) return [];
  const { projects = [] } = await client.send(new BatchGetProjectsCommand({ names }));
  return projects.map(({ arn = '', tags }) => [arn, tagsOf(tags)] as const);
}

/** ARNs name EC2's types as DescribeTags does, but for flow logs, to which ministack gives another name. */
export async function ofEc2(emulator: Emulator, region: string): Promise<Tagged> {
  const tags = new Map<string, Record<string, string>>();
  for await (const { Tags = [] } of paginateDescribeTags({ client: emulator.ec2(region) }, {}))
    for (const { ResourceType, ResourceId, Key = '', Value = '' } of Tags) {
      const type = String(ResourceType) === 'flow-log' ? 'vpc-flow-log' : ResourceType;
      const arn = `arn:aws:ec2:${region}:${account}:${type}/${ResourceId}`;
      tags.set(arn, { ...tags.get(arn), [Key]: Value });
    }
  return [...tags];
}

export async function ofCodeService(
  handlers: Handlers,
  region: string,
  service: 'codecommit' | 'codepipeline',
  [action, list, name]: readonly [action: string, list: string, name: string],
): Promise<Tagged> {
  const arns = structures(await asked(handlers, service, action, region), list).map(
    (entry) => `arn:aws:${service}:${region}:${account}:${text(entry, name)}`,
  );
  return Promise.all(
    arns.map(async (arn) => {
      const { tags } = await asked(handlers, service, 'ListTagsForResource', region, { resourceArn: arn });
      return [arn, tagsOf(tags)] as const;
    }),
  );
}
