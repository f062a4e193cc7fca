import { describe, expect, test } from '@jest/globals';
import { type Answers, type Call, refusal } from '../../../support/answering-cloud.ts';
import { update } from '../../../support/changes.ts';

describe("a subnet's route table", () => {
  const found = { id: 'rtb-1', routes: { '0.0.0.0/0': '${internet-gateway/main.id}' } };
  const [one, two] = ['${subnet/public-a.id}', '${subnet/public-b.id}'];
  const taken = () => {
    throw refusal('Resource.AlreadyAssociated');
  };
  const elsewhere = (SubnetId: string, RouteTableAssociationId: string): Answers => ({
    AssociateRouteTable: taken,
    DescribeRouteTables: () => ({ RouteTables: [{ Associations: [{ SubnetId, RouteTableAssociationId }] }] }),
  });
  test.each<[string, object, Answers, ...Call[]]>([
    [
      'is associated where it has none',
      { [one]: 'a' },
      {},
      ['AssociateRouteTable', { RouteTableId: 'rtb-1', SubnetId: two }],
    ],
    [
      'takes the place of another',
      { [one]: 'a' },
      elsewhere(two, 'rtbassoc-9'),
      ['AssociateRouteTable', { RouteTableId: 'rtb-1', SubnetId: two }],
      ['ReplaceRouteTableAssociation', { RouteTableId: 'rtb-1', AssociationId: 'rtbassoc-9' }],
    ],
    [
      'is taken away where it is not wanted',
      { [one]: 'a', [two]: 'b', 'subnet-7': 'c' },
      {},
      ['DisassociateRouteTable', { AssociationId: 'c' }],
    ],
  ])('%s', async (_, associations, answers, ...expected) => {
    const calls = await update('route-table', 'public', { ...found, associations }, ['subnets'], answers);
    expect(calls.filter(([operation]) => operation !== 'DescribeRouteTables')).toEqual(expected);
    for (const [, input] of calls.filter(([operation]) => operation === 'DescribeRouteTables'))
      expect(input.Filters).toEqual([{ Name: 'association.subnet-id', Values: [two] }]);
  });

  test("is not mistaken for another subnet's", async () => {
    const answers = elsewhere('subnet-7', 'rtbassoc-9');
    await expect(
      update('route-table', 'public', { ...found, associations: { [one]: 'a' } }, ['subnets'], answers),
    ).rejects.toThrow('Resource.AlreadyAssociated');
  });

  test('is asked for nothing more where it has none', async () => {
    expect(await update('route-table', 'public', { ...found, associations: { [one]: 'a' } }, ['subnets'])).toHaveLength(
      1,
    );
  });
});
