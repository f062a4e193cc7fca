import { describe, expect, test } from '@jest/globals';
import { rolesNamed } from '../../../../lambdas/aws/roles.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';

/** Reads two roles by their names, of which one may be removed meanwhile. @param gone after so many lists */
const reading = (gone: number, error = refusal('AccessDenied')) => {
  let lists = 0;
  const { cloud } = answeringCloud({
    ListRoles: () => {
      lists += 1;
      return { Roles: ['kept', ...(lists > gone ? [] : ['removed'])].map((RoleName) => ({ RoleName })) };
    },
    GetRole: ({ RoleName }) => ({ Role: { RoleName } }),
    ListAttachedRolePolicies: ({ RoleName }) => {
      if (RoleName === 'removed') throw error;
      return {};
    },
  });
  return rolesNamed(cloud, '/slipway/', ['removed', 'kept']);
};

describe('a role that may not be read', () => {
  test('is left out where another stage has removed it since it was listed', async () => {
    expect((await reading(1)).map(({ RoleName }) => RoleName)).toEqual(['kept']);
  });

  test('is a denial where it still exists', async () => {
    await expect(reading(2)).rejects.toThrow('AccessDenied');
  });

  test('is an error where it is no denial', async () => {
    await expect(reading(1, refusal('ServiceFailure'))).rejects.toThrow('ServiceFailure');
  });
});
