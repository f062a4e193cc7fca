import { describe, expect, test } from '@jest/globals';
import { isTaken, serviceLinkedRole } from '../../../../lambdas/resources/service-linked-role.ts';
import { regionConfig } from '../../../support/region-config.ts';

test('ECS, ELB and autoscaling have the roles that AWS names for them', () => {
  expect(serviceLinkedRole.specs(regionConfig()).map(({ spec }) => [spec.service, spec.name])).toEqual([
    ['ecs.amazonaws.com', 'AWSServiceRoleForECS'],
    ['elasticloadbalancing.amazonaws.com', 'AWSServiceRoleForElasticLoadBalancing'],
    ['ecs.application-autoscaling.amazonaws.com', 'AWSServiceRoleForApplicationAutoScaling_ECSService'],
  ]);
});

describe('a refusal of the create', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });
  const taken = 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.';
  test.each([
    ['means that the role exists where IAM says so', named('InvalidInputException', taken), true],
    ['means so by the shorter code too', named('InvalidInput', taken), true],
    ['means something else where the input is bad', named('InvalidInputException', 'no such service'), false],
    ['means something else where the code is another', named('LimitExceededException', taken), false],
  ])('%s', (_, error, expected) => {
    expect(isTaken(error)).toBe(expected);
  });
});

test('nobody deletes what the whole account shares', () => {
  const actions = JSON.stringify(serviceLinkedRole.permissions);
  expect(actions).not.toContain('Delete');
});
