import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { unusedPermissions } from '../../infra/permission-reasons.ts';
import {
  type ByRole,
  grantedIn,
  permissionsPage,
  permissionsPath,
  reasonOf,
  usedPath,
} from '../support/permissions-page.ts';
import { synthesiseStack } from '../support/synthesised-stack.ts';

const granted = grantedIn(synthesiseStack());
const used = JSON.parse(readFileSync(usedPath, 'utf8')) as ByRole;

const lines = (roles: ByRole, but: ByRole): readonly string[] =>
  Object.entries(roles).flatMap(([role, actions]) =>
    actions.filter((action) => !but[role]?.includes(action)).map((action) => `${role} ${action}`),
  );

describe('what the roles are granted, held against what a life on the local cloud used (npm run permissions)', () => {
  test('is used, or says why not', () => {
    const unexplained = Object.entries(granted).flatMap(([role, actions]) =>
      actions
        .filter((action) => !used[role]?.includes(action) && reasonOf(role, action) === undefined)
        .map((action) => `${role} ${action}`),
    );
    expect(unexplained).toEqual([]);
  });

  test('is everything that was used', () => {
    expect(lines(used, granted)).toEqual([]);
  });

  test('has no reason that has become needless', () => {
    const unused = lines(granted, used);
    const given = new Set(unused.map((line) => unusedPermissions.find(({ what }) => what.test(line))));
    expect(unusedPermissions.filter((reason) => !given.has(reason))).toEqual([]);
  });

  test('is what workflow/PERMISSIONS.md shows', () => {
    expect(readFileSync(permissionsPath, 'utf8')).toBe(permissionsPage(granted, used));
  });
});
