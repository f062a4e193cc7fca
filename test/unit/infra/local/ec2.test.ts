import { describe, expect, test } from '@jest/globals';
import { blockOf, contains, overlaps } from '../../../../infra/local/front-door/ec2/cidr.ts';
import { assertKnown, filtersOf, matches, wildcard } from '../../../../infra/local/front-door/ec2/filters.ts';
import { listedRules, requestedRules } from '../../../../infra/local/front-door/ec2/permissions.ts';
import { zonesOf } from '../../../../infra/local/front-door/ec2/zones.ts';
import { decodeForm, withoutParameters } from '../../../../infra/local/front-door/form.ts';

describe('a CIDR block', () => {
  const block = (cidr: string) => blockOf(cidr) ?? { first: -1, last: -1, prefix: -1 };
  test.each([
    ['10.0.0.0/16', '10.0.255.0/24', true, true],
    ['10.0.0.0/16', '10.1.0.0/24', false, false],
    ['10.0.0.0/24', '10.0.0.0/16', false, true],
    ['10.0.1.0/24', '10.0.1.128/25', true, true],
    ['10.0.0.7/24', '10.0.0.0/24', true, true],
  ])('%s and %s: contains %s, overlaps %s', (outer, inner, within, shared) => {
    expect(contains(block(outer), block(inner))).toBe(within);
    expect(overlaps(block(outer), block(inner))).toBe(shared);
  });
  test.each(['10.0.0.0', '10.0.0.256/8', '10.0.0.0/33', 'x/8', ''])('%j is none', (text) => {
    expect(blockOf(text)).toBeUndefined();
  });
});

describe('a form', () => {
  test('becomes a document with its lists', () => {
    expect(
      decodeForm(
        'Action=X&Filter.1.Name=a&Filter.1.Value.1=b&Filter.1.Value.2=c&Subnets.member.1=s&Tags.member.1.Key=k',
      ),
    ).toEqual({
      Action: 'X',
      Filter: [{ Name: 'a', Value: ['b', 'c'] }],
      Subnets: ['s'],
      Tags: [{ Key: 'k' }],
    });
  });
  test('keeps the order of numbers beyond nine', () => {
    const form = Array.from({ length: 11 }, (_, index) => `Id.${index + 1}=${index + 1}`).join('&');
    expect(decodeForm(form).Id).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
  });
  test('loses only the named parameters', () => {
    expect(withoutParameters('Action=X&Filter.1.Name=a&FilterX=1&MaxResults=5', ['Filter', 'MaxResults'])).toBe(
      'Action=X&FilterX=1',
    );
  });
});

describe('filters', () => {
  const item = {
    vpcId: 'vpc-1',
    state: 'available',
    attachmentSet: { item: [{ vpcId: 'vpc-1' }, { vpcId: 'vpc-2' }] },
    tagSet: {
      item: [
        { key: 'app', value: 'a.b' },
        { key: 'empty', value: '' },
      ],
    },
  };
  const table = { 'vpc-id': 'vpcId', state: 'state', 'attachment.vpc-id': 'attachmentSet.item.vpcId' };
  test.each<[string, readonly (readonly [string, readonly string[]])[], boolean]>([
    ['a value', [['vpc-id', ['vpc-1']]], true],
    ['one of several values', [['vpc-id', ['vpc-9', 'vpc-1']]], true],
    [
      'all filters have to hold',
      [
        ['vpc-id', ['vpc-1']],
        ['state', ['pending']],
      ],
      false,
    ],
    ['a value in a list', [['attachment.vpc-id', ['vpc-2']]], true],
    ['a tag', [['tag:app', ['a.b']]], true],
    [
      'a dot is no wildcard',
      [
        ['tag:app', ['a?b']],
        ['tag:app', ['axb']],
      ],
      false,
    ],
    ['a wildcard', [['tag:app', ['a*']]], true],
    ['an empty tag value', [['tag:empty', ['']]], true],
    ['a tag that is not there', [['tag:other', ['*']]], false],
    ['a tag key', [['tag-key', ['empty']]], true],
    ['no value at all', [['vpc-id', []]], false],
  ])('%s', (_name, filters, expected) => {
    expect(
      matches(
        item,
        filters.map(([name, values]) => ({ name, values })),
        table,
      ),
    ).toBe(expected);
  });
  test('a name that EC2 does not know is refused', () => {
    expect(() => assertKnown([{ name: 'vpc', values: [] }], table)).toThrow("The filter 'vpc' is invalid");
  });
  test('are read from a request', () => {
    expect(filtersOf(decodeForm('Filter.1.Name=a&Filter.1.Value.1=b'))).toEqual([{ name: 'a', values: ['b'] }]);
  });
  test('an escaped wildcard is literal', () => {
    expect(wildcard('a\\*').test('a*')).toBe(true);
    expect(wildcard('a\\*').test('ab')).toBe(false);
  });
});

test('a requested and a listed permission have the same key', () => {
  const requested = requestedRules(
    decodeForm(
      'IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0&IpPermissions.1.Groups.1.GroupId=sg-1',
    ),
  );
  const listed = listedRules([
    {
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      UserIdGroupPairs: [{ GroupId: 'sg-1' }],
    },
  ]);
  expect(requested).toEqual(listed);
  expect(requested).toHaveLength(2);
});

test('a rule for all protocols has no ports', () => {
  const form = 'IpPermissions.1.IpProtocol=-1&IpPermissions.1.FromPort=-1&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0';
  expect(requestedRules(decodeForm(form))).toEqual(
    listedRules([{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]),
  );
});

test.each([
  ['us-east-1', 6],
  ['us-west-2', 4],
  ['eu-central-1', 3],
])('%s has %i zones', (region, count) => {
  expect(zonesOf(region)).toHaveLength(count);
  expect(zonesOf(region)[0]).toBe(`${region}a`);
});
