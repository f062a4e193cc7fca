import { describe, expect, test } from '@jest/globals';
import { taskDefinition } from '../../../../lambdas/resources/task-definition.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { create, update } from '../../../support/changes.ts';
import { lowerTags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const answers = { RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'arn:task:2' } }) };

describe('what is declared as a whole is changed by declaring it anew', () => {
  test.each<[Kind, string, makes: string, changes: string, withoutTags: object]>([
    ['alarm', 'cpu', 'PutMetricAlarm', 'PutMetricAlarm', { Tags: undefined }],
    ['scaling-policy', 'staging', 'PutScalingPolicy', 'PutScalingPolicy', {}],
    ['build-project', 'main', 'CreateProject', 'UpdateProject', { tags: undefined }],
    ['pipeline', 'main', 'CreatePipeline', 'UpdatePipeline', { tags: undefined }],
    // A revision is tagged as it is.
    ['task-definition', 'staging', 'RegisterTaskDefinition', 'RegisterTaskDefinition', {}],
  ])('%s/%s', async (kind, key, makes, changes, withoutTags) => {
    const made = (await create(kind, key, answers)).calls;
    expect(made).toEqual([[makes, expect.anything()]]);
    expect(await update(kind, key, { key, id: 'x' }, ['anything'], answers)).toEqual([
      [changes, { ...made[0]?.[1], ...withoutTags }],
    ]);
  });
});

describe('a task definition', () => {
  test('is registered as a whole', async () => {
    const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/platform-app@${regionConfig().image.digest}`;
    const { calls, found } = await create('task-definition', 'staging', answers);
    expect(calls).toEqual([
      [
        'RegisterTaskDefinition',
        {
          family: 'platform-staging',
          cpu: '256',
          memory: '512',
          executionRoleArn: '${role/execution.arn}',
          networkMode: 'awsvpc',
          requiresCompatibilities: ['FARGATE'],
          runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
          containerDefinitions: [
            {
              name: 'app',
              image,
              dockerLabels: { 'slipway.image': image, 'slipway.app': image },
              essential: true,
              readonlyRootFilesystem: true,
              portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' }],
              environment: [
                { name: 'AWS_REGION', value: 'us-east-1' },
                { name: 'ENVIRONMENT', value: 'staging' },
                { name: 'PORT', value: '8080' },
              ],
              stopTimeout: 30,
              healthCheck: {
                command: ['CMD', 'node', '-e', expect.stringContaining('fetch('), 'http://127.0.0.1:8080/health'],
                ...{ interval: 10, timeout: 5, retries: 3, startPeriod: 10 },
              },
              logConfiguration: {
                logDriver: 'awslogs',
                options: {
                  'awslogs-group': '/slipway/platform/staging',
                  'awslogs-region': 'us-east-1',
                  'awslogs-stream-prefix': 'app',
                  mode: 'non-blocking',
                },
              },
            },
          ],
          tags: lowerTags('task-definition', 'staging'),
        },
      ],
    ]);
    expect(found).toMatchObject({ key: 'staging', id: 'arn:task:2' });
  });

  test('goes with every revision, ten inactive ones in a call', async () => {
    const arns = (count: number) => Array.from({ length: count }, (_, index) => `arn:task:${index}`);
    const { cloud, calls } = answeringCloud({
      ListTaskDefinitions: ({ status, familyPrefix }) =>
        familyPrefix === 'platform-staging' ? { taskDefinitionArns: arns(status === 'ACTIVE' ? 2 : 20) } : {},
    });
    await taskDefinition.delete(cloud, { family: 'platform-staging' } as never);
    expect(calls.filter(([operation]) => operation !== 'ListTaskDefinitions')).toEqual([
      ...arns(2).map((arn) => ['DeregisterTaskDefinition', { taskDefinition: arn }]),
      ['DeleteTaskDefinitions', { taskDefinitions: arns(20).slice(0, 10) }],
      ['DeleteTaskDefinitions', { taskDefinitions: arns(20).slice(10) }],
    ]);
  });
});
