import { afterEach, describe, expect, test } from '@jest/globals';
import { handler as inventory } from '../../../../lambdas/steps/inventory.ts';
import { type Answers, emptyAccount } from '../../../support/empty-account.ts';
import { context, type HandlerCloud, handlerCloud, whole } from '../../../support/handler-cloud.ts';
import { arn, document, type Items, lock, nothing, repository, standing, vpc } from './destroying.ts';

let cloud: HandlerCloud;
afterEach(() => cloud?.close());
const finished = () => cloud.items().find(({ sk }) => /^EVENT#.*#(finished|failed)$/.test(String(sk)));

describe('the list of what stands', () => {
  const list = async (answers: Answers, emptied = nothing, items: Items = [lock]) => {
    cloud = handlerCloud({ items, answers: { ...emptyAccount, ...answers } });
    return whole(arn, await inventory({ ...document, empty: emptied }, context));
  };
  const listed = () =>
    ['us-east-1', 'us-west-2'].map((region) => {
      const { going, kept } = cloud.item(`EXECUTION#${arn}`, `STANDING#${region}`) ?? {};
      return { going, kept };
    });

  test('is refused where something that is not ours would keep ours, all of it named, before anything goes', async () => {
    const refusal = list({
      ...standing,
      DescribeSecurityGroups: ({ Filters }) =>
        JSON.stringify(Filters ?? []).includes('vpc-id')
          ? { SecurityGroups: [{ GroupId: 'sg-9', GroupName: 'db', Tags: [{ Key: 'team', Value: 'data' }] }] }
          : {},
      DescribeNatGateways: ({ Filter }) =>
        JSON.stringify(Filter ?? []).includes('vpc-id') ? { NatGateways: [{ NatGatewayId: 'nat-9' }] } : {},
    });
    await expect(refusal).rejects.toMatchObject({
      name: 'ConflictError',
      message: [
        'nothing was removed: vpc/main (vpc-1) in us-east-1: NAT gateway nat-9 (without tags) is not ours',
        'vpc/main (vpc-1) in us-east-1: security group sg-9 (team=data) is not ours',
        'remove what is in the way, or ask its owner to, and start again',
      ].join('\n'),
    });
  });

  test('tells what goes from what holds something of people’s, and keeps both for the question', async () => {
    const found = await list(standing);
    expect(found.removal.keep).toContain('repository');
    expect(found.plan).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      counts: { create: 0, update: 0, replace: 0, delete: 1, unchanged: 1 },
      hasChanges: true,
      production: true,
      askFirst: true,
    });
    expect(found.found.map(({ config, outputs }) => [config.region, Object.keys(outputs)])).toEqual([
      ['us-east-1', ['vpc']],
      ['us-west-2', ['repository']],
    ]);
    expect(listed()).toEqual([
      { going: [vpc], kept: [] },
      { going: [], kept: [repository] },
    ]);
    expect(finished()).toMatchObject({ stage: 'inventory', detail: '1 resources to remove, 1 to keep' });
  });

  test('has the repository among what goes where its images go', async () => {
    const { plan } = await list(standing, { ...nothing, images: true });
    expect(plan.counts).toMatchObject({ delete: 2, unchanged: 0 });
    expect(listed()).toEqual([
      { going: [vpc], kept: [] },
      { going: [repository], kept: [] },
    ]);
  });

  test.each<[string, Answers, string]>([
    ['nothing', {}, 'nothing to remove'],
    ['nothing but what is kept', { ...standing, DescribeVpcs: () => ({}) }, 'nothing to remove; 1 kept'],
  ])('asks nobody where there is %s', async (_, answers, detail) => {
    expect((await list(answers)).plan).toMatchObject({ hasChanges: false, production: false, askFirst: false });
    expect(finished()).toMatchObject({ detail });
  });

  test('is not made for a run that lost the lock', async () => {
    await expect(list(standing, nothing, [{ ...lock, fence: 5 }])).rejects.toMatchObject({ name: 'FencedError' });
    expect(cloud.sent('DescribeVpcs')).toEqual([]);
  });
});
