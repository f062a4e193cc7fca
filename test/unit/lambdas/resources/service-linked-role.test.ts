import { describe, expect, test } from '@jest/globals';
import { serviceLinkedRole } from '../../../../lambdas/resources/service-linked-role.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

test('ECS, ELB and autoscaling have the roles that AWS names for them', () => {
  expect(serviceLinkedRole.specs(regionConfig()).map(({ spec }) => [spec.service, spec.name])).toEqual([
    ['ecs.amazonaws.com', 'AWSServiceRoleForECS'],
    ['elasticloadbalancing.amazonaws.com', 'AWSServiceRoleForElasticLoadBalancing'],
    ['ecs.application-autoscaling.amazonaws.com', 'AWSServiceRoleForApplicationAutoScaling_ECSService'],
  ]);
});

describe('creating one', () => {
  const made = async (name: string, message: string) => {
    const { cloud, asked } = answeringCloud({
      CreateServiceLinkedRole: () => {
        throw Object.assign(new Error(message), { name });
      },
    });
    const [ecs] = serviceLinkedRole.specs(regionConfig());
    if (ecs === undefined) throw new Error('ECS has none');
    const found = await serviceLinkedRole.create(cloud, ecs, 't');
    return { found, asked };
  };
  const taken = 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.';

  test.each(['InvalidInputException', 'InvalidInput'])(
    'that AWS or another region has made takes it as found, without reading it (%s)',
    async (code) => {
      const { found, asked } = await made(code, taken);
      expect(found.arn).toBe('arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS');
      expect(asked).toEqual(['CreateServiceLinkedRole']);
    },
  );

  test.each([
    ['InvalidInputException', 'no such service'],
    ['LimitExceededException', taken],
  ])('that is refused for another reason fails (%s: %s)', async (code, message) => {
    await expect(made(code, message)).rejects.toThrow(message);
  });
});

test('it is looked for by its path: of a role that does not exist GetRole is denied', async () => {
  const { cloud, asked } = answeringCloud({
    ListRoles: ({ PathPrefix }) => ({
      Roles: PathPrefix === '/aws-service-role/ecs.amazonaws.com/' ? [{ RoleName: 'AWSServiceRoleForECS' }] : [],
    }),
  });
  expect((await serviceLinkedRole.list(cloud, {})).map(({ key }) => key)).toEqual(['ecs']);
  expect(new Set(asked)).toEqual(new Set(['ListRoles']));
});

test('nobody deletes what the whole account shares', () => {
  const actions = JSON.stringify(serviceLinkedRole.permissions);
  expect(actions).not.toContain('Delete');
});
