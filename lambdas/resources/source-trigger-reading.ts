import {
  DescribeRuleCommand,
  type DescribeRuleCommandOutput,
  EventBridgeClient,
  ListRulesCommand,
  type ListRulesCommandOutput,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, type Tags, tagsOf, type Unmanaged } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import type { Found } from './resource.ts';

export interface Target {
  readonly arn: string;
  readonly roleArn: string | undefined;
  /** What it is told in place of the event. */
  readonly input?: { readonly paths: Readonly<Record<string, string>>; readonly template: string };
}

export interface SourceTriggerFound extends Found {
  readonly arn: string;
  readonly enabled: boolean;
  readonly pattern: unknown;
  readonly targets: Readonly<Record<string, Target>>;
}

export async function find(cloud: Cloud, name: string): Promise<readonly (SourceTriggerFound | Unmanaged)[]> {
  const rule = await describe(cloud, name);
  if (rule?.Arn === undefined) return [];
  const tags = await tagsOfArn(cloud, rule.Arn, () => readTags(cloud, rule));
  const owned = ownedBy(cloud.scope, 'source-trigger', tags);
  if (owned === undefined) return orUnmanaged([], rule.Name ?? '');
  return [
    {
      ...owned,
      id: rule.Name ?? '',
      arn: rule.Arn,
      enabled: rule.State === 'ENABLED',
      pattern: JSON.parse(rule.EventPattern ?? '{}'),
      targets: await targetsOf(cloud, name),
    },
  ];
}

const describe = (cloud: Cloud, Name: string): Promise<DescribeRuleCommandOutput | undefined> =>
  ignoreNotFound(cloud.client(EventBridgeClient).send(new DescribeRuleCommand({ Name })));

async function readTags(cloud: Cloud, { Arn }: DescribeRuleCommandOutput): Promise<Tags> {
  const answer = await ignoreNotFound(
    cloud.client(EventBridgeClient).send(new ListTagsForResourceCommand({ ResourceARN: Arn })),
  );
  return tagsOf(answer?.Tags);
}

async function targetsOf(cloud: Cloud, Rule: string): Promise<Record<string, Target>> {
  const targets: Record<string, Target> = {};
  let NextToken: string | undefined;
  do {
    const page = await cloud.client(EventBridgeClient).send(new ListTargetsByRuleCommand({ Rule, NextToken }));
    for (const { Id, Arn, RoleArn, InputTransformer: input } of page.Targets ?? [])
      targets[Id ?? ''] = {
        arn: Arn ?? '',
        roleArn: RoleArn,
        ...(input === undefined
          ? {}
          : { input: { paths: input.InputPathsMap ?? {}, template: input.InputTemplate ?? '' } }),
      };
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return targets;
}

/** All rules of the default bus: the SDK has no paginator for them. */
export async function* rulePages(cloud: Cloud): AsyncGenerator<ListRulesCommandOutput> {
  let NextToken: string | undefined;
  do {
    const page: ListRulesCommandOutput = await cloud
      .client(EventBridgeClient)
      .send(new ListRulesCommand({ NextToken }));
    yield page;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}
