import { describe, expect, test } from '@jest/globals';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

describe('URLs', () => {
  test('x', () => {
    expect(provisioned().first.report.outcome).toBe('succeeded');
    console.log(JSON.stringify(provisioned().first.report, null, 1));
  });
});
