import { describe, expect, test } from '@jest/globals';
import { type Answers, type Call, refusal } from '../../../support/answering-cloud.ts';
import { update } from '../../../support/changes.ts';

describe('rules of a security group', () => {
  const open = (protocol: string, fromPort: number, toPort: number, source: string) => ({
    protocol,
    fromPort,
    toPort,
    source,
  });
  const http = open('tcp', 80, 80, '0.0.0.0/0');
  const https = open('tcp', 443, 443, '0.0.0.0/0');
  const permission = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  test.each<[string, object[], string, ...Call[]]>([
    [
      'one that is missing is added',
      [http],
      'tcp 443 0.0.0.0/0',
      ['AuthorizeSecurityGroupIngress', { GroupId: 'sg-1', IpPermissions: [permission] }],
    ],
    ...(
      [
        [
          open('tcp', 22, 22, '0.0.0.0/0'),
          'tcp 22 0.0.0.0/0',
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
        ],
        [
          open('tcp', 20, 21, '::/0'),
          'tcp 20-21 ::/0',
          { IpProtocol: 'tcp', FromPort: 20, ToPort: 21, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
        ],
        [open('-1', -1, -1, 'sg-2'), 'all sg-2', { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-2' }] }],
        [
          open('udp', 53, 53, 'pl-1'),
          'udp 53 pl-1',
          { IpProtocol: 'udp', FromPort: 53, ToPort: 53, PrefixListIds: [{ PrefixListId: 'pl-1' }] },
        ],
      ] as const
    ).map(
      ([rule, title, revoked]) =>
        [
          `${title} that is too much is taken away`,
          [http, https, rule],
          title,
          ['RevokeSecurityGroupIngress', { GroupId: 'sg-1', IpPermissions: [revoked] }],
        ] satisfies [string, object[], string, Call],
    ),
  ])('%s', async (_, ingress, title, ...expected) => {
    const found = { id: 'sg-1', ingress, egress: [] };
    expect(await update('security-group', 'alb', found, [`ingress[${title}]`])).toEqual(expected);
    expect(await update('security-group', 'alb', found, ['ingress[tcp 1 other]'])).toEqual([]);
  });

  const refusing = (code: string): Answers => ({
    AuthorizeSecurityGroupIngress: () => {
      throw refusal(code);
    },
  });
  test('one that is there by now is done', async () => {
    const found = { id: 'sg-1', ingress: [http], egress: [] };
    const paths = ['ingress[tcp 443 0.0.0.0/0]'];
    expect(await update('security-group', 'alb', found, paths, refusing('InvalidPermission.Duplicate'))).toHaveLength(
      1,
    );
    await expect(
      update('security-group', 'alb', found, paths, refusing('RulesPerSecurityGroupLimitExceeded')),
    ).rejects.toThrow('RulesPerSecurityGroupLimitExceeded');
  });

  test('ways out are opened and closed as ways in are, the missing first', async () => {
    const smtp = open('tcp', 25, 25, '::/0');
    const found = { id: 'sg-1', ingress: [http, https], egress: [smtp] };
    expect(await update('security-group', 'alb', found, ['egress[all 0.0.0.0/0]', 'egress[tcp 25 ::/0]'])).toEqual([
      [
        'AuthorizeSecurityGroupEgress',
        { GroupId: 'sg-1', IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] },
      ],
      [
        'RevokeSecurityGroupEgress',
        {
          GroupId: 'sg-1',
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 25, ToPort: 25, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }],
        },
      ],
    ]);
  });
});
