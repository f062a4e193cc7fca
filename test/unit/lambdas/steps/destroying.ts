import { inputSchema } from '../../../../workflow/input.ts';
import { type Answers, emptyAccount } from '../../../support/empty-account.ts';
import { reachedItem } from '../../../support/handler-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

export type Items = readonly Readonly<Record<string, unknown>>[];

export const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-destroy:gone';
const execution = { arn, name: 'gone', startedAt: '2026-01-01T00:00:00.000Z' };
export const own = 'DEPLOYMENT#platform';
export const configs = [regionConfig(), secondaryConfig()];
export const reached: Items = configs.map(reachedItem);
export const lock = { pk: own, sk: 'LOCK', holder: arn, fence: 4 };
export const approved = { pk: own, sk: 'CONFIG', input: inputSchema.parse({}) };
export const listed = { pk: 'DEPLOYMENTS', sk: 'platform' };
export const asked = { pk: own, sk: 'ASKED', execution: arn, startedAt: execution.startedAt };
export const used = { pk: own, sk: 'APPROVED#d1', closesAt: '2099-01-01T00:00:00.000Z', decision: {} };
export const nothing = { images: false, artifacts: false, source: false };

/** A VPC in the one region, and a repository, which holds images, in the other. */
export const standing: Answers = {
  ...emptyAccount,
  DescribeVpcs: (_, region) =>
    region === 'us-east-1' ? { Vpcs: [{ VpcId: 'vpc-1', State: 'available', Tags: tags('vpc', 'main') }] } : {},
  DescribeRepositories: (_, region) =>
    region === 'us-west-2'
      ? {
          repositories: [
            {
              repositoryName: 'platform-app',
              repositoryArn: 'arn:aws:ecr:us-west-2:123456789012:repository/platform-app',
            },
          ],
        }
      : {},
  ListTagsForResource: ({ resourceArn }) =>
    String(resourceArn).includes(':ecr:') ? { tags: tags('repository', 'app') } : {},
};
export const vpc = {
  region: 'us-east-1',
  kind: 'vpc',
  key: 'main',
  id: 'vpc-1',
  arn: 'arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1',
};
export const repository = {
  region: 'us-west-2',
  kind: 'repository',
  key: 'app',
  id: 'platform-app',
  arn: 'arn:aws:ecr:us-west-2:123456789012:repository/platform-app',
};
export const document = {
  ...{ deployment: 'platform', execution, fence: 4, regions: configs, whole: true, empty: nothing },
  approval: { timeoutMinutes: 60 },
};
