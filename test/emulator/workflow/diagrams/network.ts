import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import { idsOf, natIn, privateSubnets, publicSubnets, type Row, subnetOf, tagged, wayOut } from './drawn.ts';

export const network: readonly Row[] = [
  [
    'VPC (10.0.0.0/16)',
    ({ vpc, dnsHostnames }) => {
      expect(vpc.State).toBe('available');
      expect(dnsHostnames).toBe(true);
    },
  ],
  [
    'Internet Gateway: one',
    ({ internetGateways }) =>
      expect(internetGateways.map(({ Tags }) => tagged(Tags, 'Name'))).toEqual(['platform-main']),
  ],
  ...(
    [
      ['Public Subnet 10.0.1.0/24 (us-east-1a)', 1, 0],
      ['Public Subnet 10.0.2.0/24 (us-east-1b)', 2, 1],
      ['Private Subnet 10.0.11.0/24 (us-east-1a)', 11, 0],
      ['Private Subnet 10.0.12.0/24 (us-east-1b)', 12, 1],
    ] as const
  ).map(
    ([line, number, position]): Row => [
      line,
      (seen, { octets, zones }) => {
        const subnet = subnetOf(seen, `${octets}.${number}.0/24`);
        expect(subnet.AvailabilityZone).toBe(zones[position]);
        expect(subnet.MapPublicIpOnLaunch ?? false).toBe(false);
      },
    ],
  ),
  ['four subnets and no other', ({ subnets }) => expect(subnets).toHaveLength(4)],
  [
    'ALB (Shared) ◄─► ALB (Shared): one load balancer over both public subnets',
    ({ loadBalancer, vpc }, { zones }) => {
      expect(loadBalancer.VpcId).toBe(vpc.VpcId);
      expect(loadBalancer.AvailabilityZones?.map(({ ZoneName }) => ZoneName).sort()).toEqual(zones);
    },
  ],
  ...([0, 1] as const).map(
    (position): Row => [
      `NAT Gateway (AZ-${'ab'.charAt(position)}) with its own Elastic IP`,
      (seen, asDrawn) => {
        const nat = natIn(seen, publicSubnets(seen, asDrawn)[position]);
        expect(nat.ConnectivityType ?? 'public').toBe('public');
        const address = only(nat.NatGatewayAddresses, 'addresses of the NAT gateway');
        const elastic = only(
          seen.addresses.filter(({ AllocationId }) => AllocationId === address.AllocationId),
          'Elastic IPs of the NAT gateway',
        );
        expect(elastic.Domain).toBe('vpc');
        expect(elastic.PublicIp).toBe(address.PublicIp);
      },
    ],
  ),
  [
    'ECS Task (App) in each private subnet',
    (seen, asDrawn) => {
      for (const { tasks } of seen.environments) {
        const subnets = tasks.map(
          ({ attachments }) => attachments?.[0]?.details?.find(({ name }) => name === 'subnetId')?.value,
        );
        expect(subnets.sort()).toEqual(idsOf(privateSubnets(seen, asDrawn)));
      }
    },
  ],
  [
    '• Public: 0.0.0.0/0 → Internet Gateway',
    (seen, asDrawn) => {
      const gateway = only(seen.internetGateways, 'internet gateways').InternetGatewayId;
      for (const subnet of publicSubnets(seen, asDrawn)) expect(wayOut(seen, subnet)).toBe(gateway);
    },
  ],
  ...([0, 1] as const).map((position): Row => {
    const zone = `AZ-${'ab'.charAt(position)}`;
    return [
      `• Private ${zone}: 0.0.0.0/0 → NAT Gateway (${zone})`,
      (seen, asDrawn) =>
        expect(wayOut(seen, privateSubnets(seen, asDrawn)[position])).toBe(
          natIn(seen, publicSubnets(seen, asDrawn)[position]).NatGatewayId,
        ),
    ];
  }),
];
