import { DescribeTagsCommand, type ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Tags, tagsOf } from './ownership.ts';

/** DescribeTags takes at most 20 resources (service model). */
const atOnce = 20;

/** ELB's describing calls leave the tags out: they are read apart, by ARN. */
export async function elbTags(
  elb: ElasticLoadBalancingV2Client,
  arns: readonly string[],
): Promise<ReadonlyMap<string, Tags>> {
  const tags = new Map<string, Tags>();
  for (let start = 0; start < arns.length; start += atOnce) {
    const page = await elb.send(new DescribeTagsCommand({ ResourceArns: arns.slice(start, start + atOnce) }));
    for (const seen of page.TagDescriptions ?? []) tags.set(seen.ResourceArn ?? '', tagsOf(seen.Tags));
  }
  return tags;
}
