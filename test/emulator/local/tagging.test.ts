import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CodeCommitClient, CreateRepositoryCommand } from '@aws-sdk/client-codecommit';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  GetResourcesCommand,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, readCalls } from '@slipway/local-cloud';
import { clientOptions, startTestCloud, stopTestCloud } from './test-cloud.ts';

const account = '000000000000';
const tags = { owner: 'us' };
const upper = [{ Key: 'owner', Value: 'us' }];
let cloud: LocalCloud;
let vpc = '';

beforeAll(async () => {
  cloud = await startTestCloud();
  const options = clientOptions(cloud);
  const logs = new CloudWatchLogsClient(options);
  for (const logGroupName of ['/ours/a', '/ours/a/b'])
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags }));
  await new CloudWatchClient(options).send(
    new PutMetricAlarmCommand({
      AlarmName: 'an-alarm',
      Namespace: 'n',
      MetricName: 'm',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1,
      Period: 60,
      EvaluationPeriods: 1,
      Statistic: 'Sum',
      Tags: upper,
    }),
  );
  const sns = new SNSClient(options);
  await sns.send(new CreateTopicCommand({ Name: 'ours', Tags: upper }));
  await sns.send(new CreateTopicCommand({ Name: 'theirs', Tags: [{ Key: 'owner', Value: 'them' }] }));
  await new CodeCommitClient(options).send(new CreateRepositoryCommand({ repositoryName: 'code', tags }));
  const made = await new EC2Client(options).send(
    new CreateVpcCommand({
      CidrBlock: '10.9.0.0/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: upper }],
    }),
  );
  vpc = made.Vpc?.VpcId ?? '';
  await new S3Client({ ...clientOptions(cloud, 'us-west-2'), forcePathStyle: true }).send(
    new CreateBucketCommand({
      Bucket: 'a-bucket-elsewhere',
      CreateBucketConfiguration: { LocationConstraint: 'us-west-2', Tags: upper },
    }),
  );
}, 120_000);

afterAll(() => stopTestCloud(cloud));

const ours = { TagFilters: [{ Key: 'owner', Values: ['us'] }] };

async function found(region: string, pageSize?: number): Promise<string[]> {
  const client = new ResourceGroupsTaggingAPIClient(clientOptions(cloud, region));
  const arns: string[] = [];
  for await (const page of paginateGetResources({ client }, { ...ours, ResourcesPerPage: pageSize }))
    arns.push(...(page.ResourceTagMappingList ?? []).map(({ ResourceARN = '' }) => ResourceARN));
  return arns.sort();
}

describe('GetResources', () => {
  const here = () =>
    [
      `arn:aws:cloudwatch:us-east-1:${account}:alarm:an-alarm`,
      `arn:aws:codecommit:us-east-1:${account}:code`,
      `arn:aws:ec2:us-east-1:${account}:vpc/${vpc}`,
      `arn:aws:logs:us-east-1:${account}:log-group:/ours/a`,
      `arn:aws:logs:us-east-1:${account}:log-group:/ours/a/b`,
      `arn:aws:sns:us-east-1:${account}:ours`,
    ].sort();

  test('finds what carries the tag in the region, and nothing else', async () => {
    expect(await found('us-east-1')).toEqual(here());
  });

  test('finds a bucket in its own region', async () => {
    expect(await found('us-west-2')).toEqual(['arn:aws:s3:::a-bucket-elsewhere']);
  });

  test('gives the same in pages', async () => {
    expect(await found('us-east-1', 2)).toEqual(here());
    const client = new ResourceGroupsTaggingAPIClient(clientOptions(cloud));
    const { ResourceTagMappingList, PaginationToken } = await client.send(
      new GetResourcesCommand({ ...ours, ResourcesPerPage: 4 }),
    );
    expect(ResourceTagMappingList).toHaveLength(4);
    expect(PaginationToken).not.toBe('');
  });

  test('is one call of the record, however much it looks at', async () => {
    const before = (await readCalls(cloud.directory)).length;
    await found('us-east-1');
    const calls = (await readCalls(cloud.directory)).slice(before);
    expect(calls.map(({ service, action }) => `${service}:${action}`)).toEqual(['tagging:GetResources']);
  });

  test('forgets what lost its tag', async () => {
    const resourceArn = `arn:aws:logs:us-east-1:${account}:log-group:/ours/a/b`;
    await new CloudWatchLogsClient(clientOptions(cloud)).send(
      new UntagResourceCommand({ resourceArn, tagKeys: ['owner'] }),
    );
    expect(await found('us-east-1')).toEqual(here().filter((arn) => arn !== resourceArn));
    await new CloudWatchLogsClient(clientOptions(cloud)).send(new TagResourceCommand({ resourceArn, tags }));
  });
});

describe('TagResources and UntagResources', () => {
  const client = () => new ResourceGroupsTaggingAPIClient(clientOptions(cloud));
  const tagsOf = async (arns: readonly string[]): Promise<readonly unknown[]> => {
    const seen = new Map<string | undefined, object>();
    for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client: client() }, ours))
      for (const { ResourceARN, Tags = [] } of ResourceTagMappingList)
        seen.set(ResourceARN, Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])));
    return arns.map((arn) => seen.get(arn));
  };

  test('change what GetResources finds, of every service, beside the tags that are there', async () => {
    const arns = await found('us-east-1');
    const tagged = await client().send(
      new TagResourcesCommand({ ResourceARNList: arns, Tags: { team: 'blue', spare: '' } }),
    );
    expect(tagged.FailedResourcesMap).toEqual({});
    expect(await tagsOf(arns)).toEqual(arns.map(() => ({ ...tags, team: 'blue', spare: '' })));
    const untagged = await client().send(
      new UntagResourcesCommand({ ResourceARNList: arns, TagKeys: ['team', 'spare', 'never-there'] }),
    );
    expect(untagged.FailedResourcesMap).toEqual({});
    expect(await tagsOf(arns)).toEqual(arns.map(() => tags));
  });

  test('tell of what is missing or in another region by ARN, and change the rest', async () => {
    const [sound, missing, elsewhere, unknown] = [
      `arn:aws:sns:us-east-1:${account}:ours`,
      `arn:aws:logs:us-east-1:${account}:log-group:/missing`,
      `arn:aws:sns:us-west-2:${account}:ours`,
      `arn:aws:sns:us-east-1:${account}:missing`,
    ] as const;
    const { FailedResourcesMap = {} } = await client().send(
      new TagResourcesCommand({ ResourceARNList: [sound, missing, elsewhere, unknown], Tags: { team: 'blue' } }),
    );
    expect(Object.keys(FailedResourcesMap).sort()).toEqual([missing, elsewhere, unknown].sort());
    for (const failure of Object.values(FailedResourcesMap))
      expect(failure).toMatchObject({ ErrorCode: 'InvalidParameterException', StatusCode: 400 });
    expect(await tagsOf([sound])).toEqual([{ ...tags, team: 'blue' }]);
  });

  test('take at most 20 ARNs', async () => {
    const ResourceARNList = Array.from({ length: 21 }, (_, index) => `arn:aws:sns:us-east-1:${account}:t${index}`);
    await expect(client().send(new TagResourcesCommand({ ResourceARNList, Tags: tags }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

test('log groups are found by their whole names, and a missing one is left out', async () => {
  const { logGroups = [] } = await new CloudWatchLogsClient(clientOptions(cloud)).send(
    new DescribeLogGroupsCommand({ logGroupIdentifiers: ['/ours/a', '/ours/missing'] }),
  );
  expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(['/ours/a']);
});

test('GetAccountAuthorizationDetails shows boundaries', async () => {
  const iam = new IAMClient(clientOptions(cloud));
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  await iam.send(new CreateRoleCommand({ RoleName: 'bounded', AssumeRolePolicyDocument: '{}', PermissionsBoundary }));
  const { RoleDetailList = [] } = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
  const role = RoleDetailList.find(({ RoleName }) => RoleName === 'bounded');
  expect(role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PermissionsBoundary);
});

describe('a task definition asked for by its family', () => {
  const ecs = () => new ECSClient(clientOptions(cloud));
  const register = async (family: string): Promise<string> => {
    const containerDefinitions = [{ name: 'app', image: 'x' }];
    const { taskDefinition } = await ecs().send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }));
    return taskDefinition?.taskDefinitionArn ?? '';
  };
  const newest = async (taskDefinition: string) =>
    (await ecs().send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition?.taskDefinitionArn;

  test('is the newest active revision', async () => {
    const first = await register('a-family');
    const second = await register('a-family');
    expect(await newest('a-family')).toBe(second);
    await ecs().send(new DeregisterTaskDefinitionCommand({ taskDefinition: second }));
    expect(await newest('a-family')).toBe(first);
    await ecs().send(new DeregisterTaskDefinitionCommand({ taskDefinition: first }));
    await expect(newest('a-family')).rejects.toMatchObject({ name: 'ClientException' });
  });

  test('is refused where there is no such family', async () => {
    await expect(newest('no-family')).rejects.toMatchObject({ name: 'ClientException' });
  });
});
