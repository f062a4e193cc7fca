import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { asSlipwayError } from '../../../../lambdas/aws/aws-errors.ts';
import { tagByArn } from '../../../../lambdas/aws/tagging.ts';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { kinds, makingStages } from '../../../../workflow/stages.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';

const arn = 'arn:aws:sns:us-east-1:123456789012:platform-alarms';
const failing = (failure: object) =>
  answeringCloud({ TagResources: () => ({ FailedResourcesMap: { [arn]: failure } }) }).cloud;

test('the tagging API is told the ARN and the tags', async () => {
  const asked: object[] = [];
  const { cloud } = answeringCloud({
    TagResources: (input) => {
      asked.push(input);
      return { FailedResourcesMap: {} };
    },
  });
  await tagByArn(cloud, arn, { team: 'blue' });
  expect(asked).toEqual([{ ResourceARNList: [arn], Tags: { team: 'blue' } }]);
});

test.each([
  [
    'a refusal',
    { ErrorCode: 'InvalidParameterException', ErrorMessage: 'no such topic', StatusCode: 400 },
    'ResourceFailedError',
  ],
  [
    'a failure of the service',
    { ErrorCode: 'InternalServiceException', ErrorMessage: 'sorry', StatusCode: 500 },
    'TransientError',
  ],
  ['throttling', { ErrorCode: 'ThrottlingException', ErrorMessage: 'too fast', StatusCode: 400 }, 'TransientError'],
])('%s in a reply that is otherwise a success is an error', async (_, failure, name) => {
  const error: unknown = await tagByArn(failing(failure), arn, {}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: failure.ErrorCode, message: failure.ErrorMessage });
  expect(asSlipwayError(error, 'could not tag it').name).toBe(name);
});

test('every kind carries tags that can be put right, but those that AWS gives none, or one call each to read', () => {
  const untagged = kinds.filter((kind) => {
    const resource = allResources[kind];
    return (resource.arn ?? resource.tag) === undefined;
  });
  expect(untagged).toEqual([
    'service-linked-role',
    'image',
    'pipeline-transition',
    'nat-route',
    'scalable-target',
    'scaling-policy',
  ]);
});

test.each(makingStages)(
  '$name can tag by ARN exactly where it makes something that has one',
  ({ name, kinds: made }) => {
    const source = readFileSync(join(import.meta.dirname, `../../../../lambdas/stages/${name}.ts`), 'utf8');
    const hasOne = made.some((kind) => allResources[kind].arn !== undefined);
    expect(source.includes('tagByArn')).toBe(hasOne);
  },
);
