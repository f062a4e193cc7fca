import { expect, test } from '@jest/globals';
import { regionQuotaProblems } from '../../../../lambdas/resources/quotas.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

const none = () => {
  throw refusal('NoSuchResourceException', 'The request failed because the specified service does not exist.');
};
const quota = (Value: number) => () => ({ Quota: { Value } });
/** Nobody has that many: it stands above every limit below. */
const creations = Array.from({ length: 9 }, (_, index) => ({ kind: 'vpc', key: String(index) }) as const);

// Service Quotas API reference, GetServiceQuota and GetAWSDefaultServiceQuota.
test.each<[string, Parameters<typeof answeringCloud>[0], readonly string[]]>([
  ['has the value that was applied', { GetServiceQuota: quota(7), GetAWSDefaultServiceQuota: none }, ['7 allowed']],
  [
    "has AWS's default, where none was ever applied",
    { GetServiceQuota: none, GetAWSDefaultServiceQuota: quota(5) },
    ['5 allowed'],
  ],
  ['that the region does not have is no limit', { GetServiceQuota: none, GetAWSDefaultServiceQuota: none }, []],
])('a quota %s', async (_, answers, allowed) => {
  const problems = await regionQuotaProblems(answeringCloud(answers).cloud, regionConfig(), creations);
  expect(problems.map((problem) => problem.split(', ').at(-1))).toEqual(allowed);
});

test('Service Quotas is not asked where what every account is allowed is enough', async () => {
  const problems = (used: number) => {
    const { cloud, calls } = answeringCloud({
      DescribeSecurityGroups: () => ({ SecurityGroups: Array.from({ length: used }, () => ({})) }),
      GetServiceQuota: quota(2_600),
    });
    const both = ['alb', 'task'].map((key) => ({ kind: 'security-group', key }) as const);
    return regionQuotaProblems(cloud, regionConfig(), both).then((found) => [found.length, calls.length]);
  };
  expect([await problems(2_498), await problems(2_499), await problems(2_599)]).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
});

test.each(['AccessDeniedException', 'TooManyRequestsException'])('%s is no answer', async (name) => {
  const refused = {
    GetServiceQuota: () => {
      throw refusal(name);
    },
  };
  await expect(regionQuotaProblems(answeringCloud(refused).cloud, regionConfig(), creations)).rejects.toThrow(name);
});
