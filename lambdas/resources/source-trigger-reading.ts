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
import { allPages, pagesOf } from '../aws/pages.ts';
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
  const pages = pagesOf(
    (NextToken?: string) => cloud.client(EventBridgeClient).send(new ListTargetsByRuleCommand({ Rule, NextToken })),
    (page) => page.NextToken,
  );
  const targets: Record<string, Target> = {};
  for (const { Id, Arn, RoleArn, InputTransformer: input } of await allPages(pages, ({ Targets }) => Targets))
    targets[Id ?? ''] = {
      arn: Arn ?? '',
      roleArn: RoleArn,
      ...(input === undefined
        ? {}
        : { input: { paths: input.InputPathsMap ?? {}, template: input.InputTemplate ?? '' } }),
    };
  return targets;
}

/** All rules of the default bus. */
export const rulePages = (cloud: Cloud): AsyncIterable<ListRulesCommandOutput> =>
  pagesOf(
    (NextToken?: string) => cloud.client(EventBridgeClient).send(new ListRulesCommand({ NextToken })),
    (page) => page.NextToken,
  );
