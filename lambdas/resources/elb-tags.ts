import { DescribeTagsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Cloud, TagIndex } from '../aws/cloud.ts';
import { type Tags, tagsOf } from '../aws/ownership.ts';
import { tagsByArn } from '../aws/tags.ts';

/** DescribeTags takes at most 20 resources (service model). */
const atOnce = 20;

/** ELB's describing calls leave the tags out: they are read apart, by ARN. */
export const elbTags = (cloud: Cloud, arns: readonly string[]): Promise<TagIndex> =>
  tagsByArn(cloud, arns, async (unknown) => {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    const tags = new Map<string, Tags>();
    for (let start = 0; start < unknown.length; start += atOnce) {
      const page = await elb.send(new DescribeTagsCommand({ ResourceArns: unknown.slice(start, start + atOnce) }));
      for (const seen of page.TagDescriptions ?? []) tags.set(seen.ResourceArn ?? '', tagsOf(seen.Tags));
    }
    return tags;
  });
