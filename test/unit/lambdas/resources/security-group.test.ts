import { describe, expect, test } from '@jest/globals';
import {
  type SecurityGroupFound,
  type SecurityGroupSpec,
  securityGroup,
  toFound,
} from '../../../../lambdas/resources/security-group.ts';
import { everything, type Rule } from '../../../../lambdas/resources/security-group-rules.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const tcp = (port: number, source: string): Rule => ({ protocol: 'tcp', fromPort: port, toPort: port, source });
const spec: SecurityGroupSpec = {
  name: 'platform-task',
  description: 'From the load balancer only to the tasks',
  vpc: 'vpc-1',
  ingress: [tcp(8080, 'sg-alb')],
  egress: [everything],
};
const found = (overrides: Partial<SecurityGroupFound> = {}): SecurityGroupFound => ({
  ...spec,
  key: 'task',
  id: 'sg-task',
  ...overrides,
});

describe('specs', () => {
  const wanted = Object.fromEntries(securityGroup.specs(regionConfig()).map(({ key, spec }) => [key, spec]));

  test('the load balancer is open on 80 and 443 to everyone', () => {
    expect(wanted.alb?.ingress).toEqual([tcp(80, '0.0.0.0/0'), tcp(443, '0.0.0.0/0')]);
  });

  test("the tasks are open on the app's port to the load balancer only", () => {
    expect(wanted.task?.ingress).toEqual([tcp(8080, '${security-group/alb.id}')]);
  });

  test('the group that the other refers to comes first', () => {
    expect(Object.keys(wanted)).toEqual(['alb', 'task']);
  });
});

describe('diff', () => {
  test.each<[string, Partial<SecurityGroupFound>, object[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'names a way out that was closed',
      { egress: [] },
      [{ path: 'egress[all 0.0.0.0/0]', was: undefined, want: everything }],
    ],
    [
      'names a way out that somebody added',
      { egress: [everything, tcp(25, '::/0')] },
      [{ path: 'egress[tcp 25 ::/0]', was: tcp(25, '::/0'), want: undefined }],
    ],
    [
      'names a rule that is missing',
      { ingress: [] },
      [{ path: 'ingress[tcp 8080 sg-alb]', was: undefined, want: tcp(8080, 'sg-alb') }],
    ],
    [
      "leaves a former port of the load balancer's to the stage that finishes production",
      { ingress: [tcp(9090, 'sg-alb')] },
      [
        { path: 'ingress[tcp 8080 sg-alb]', was: undefined, want: tcp(8080, 'sg-alb') },
        { path: 'ingress[tcp 9090 sg-alb]', was: tcp(9090, 'sg-alb'), want: undefined, deferred: true },
      ],
    ],
    [
      'lets no other group wait',
      { ingress: [...spec.ingress, tcp(8080, 'sg-other')] },
      [{ path: 'ingress[tcp 8080 sg-other]', was: tcp(8080, 'sg-other'), want: undefined }],
    ],
    [
      'names a rule that somebody added',
      { ingress: [...spec.ingress, tcp(22, '0.0.0.0/0')] },
      [{ path: 'ingress[tcp 22 0.0.0.0/0]', was: tcp(22, '0.0.0.0/0'), want: undefined }],
    ],
    [
      'names a rule for everything',
      { ingress: [...spec.ingress, { protocol: '-1', fromPort: -1, toPort: -1, source: '0.0.0.0/0' }] },
      [
        {
          path: 'ingress[all 0.0.0.0/0]',
          was: { protocol: '-1', fromPort: -1, toPort: -1, source: '0.0.0.0/0' },
          want: undefined,
        },
      ],
    ],
    [
      'asks for a replacement where name, description or VPC differ',
      { name: 'other', description: 'other', vpc: 'vpc-2' },
      [
        { path: 'name', was: 'other', want: 'platform-task', replace: true },
        { path: 'description', was: 'other', want: spec.description, replace: true },
        { path: 'vpc', was: 'vpc-2', want: 'vpc-1', replace: true },
      ],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(securityGroup.diff(spec, found(overrides))).toEqual(differences);
  });
});

test('each source of a bundle that EC2 shows is a rule of its own', () => {
  const [group] = toFound(scope, {
    GroupId: 'sg-1',
    Tags: tags('security-group', 'task'),
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: 80,
        ToPort: 81,
        IpRanges: [{ CidrIp: '0.0.0.0/0' }],
        Ipv6Ranges: [{ CidrIpv6: '::/0' }],
        UserIdGroupPairs: [{ GroupId: 'sg-2' }],
        PrefixListIds: [{ PrefixListId: 'pl-1' }],
      },
    ],
  });
  expect(group?.ingress.map(({ source }) => source)).toEqual(['0.0.0.0/0', '::/0', 'sg-2', 'pl-1']);
  expect(securityGroup.diff({ ...spec, ingress: [] }, found(group)).map(({ path }) => path)).toContain(
    'ingress[tcp 80-81 ::/0]',
  );
});
