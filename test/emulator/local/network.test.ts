import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNatGatewayCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeSubnets,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, readCalls } from '@slipway/local-cloud';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

let cloud: LocalCloud;
let ec2: EC2Client;
let vpcId: string;
let subnetId: string;
let routeTableId: string;

const tagged = (type: 'vpc' | 'elastic-ip', value: string) => [
  { ResourceType: type, Tags: [{ Key: 'deployment', Value: value }] },
];

beforeAll(async () => {
  cloud = await startTestCloud();
  ec2 = new EC2Client(clientOptions(cloud));
  const vpc = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: tagged('vpc', 'one') }),
  );
  vpcId = vpc.Vpc?.VpcId ?? '';
  const subnet = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1a' }),
  );
  subnetId = subnet.Subnet?.SubnetId ?? '';
  const table = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId, ClientToken: 'table' }));
  routeTableId = table.RouteTable?.RouteTableId ?? '';
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId }));
}, 240_000);
afterAll(() => stopTestCloud(cloud));

const refusal = (name: string) => expect.objectContaining({ name });

describe('what EC2 refuses', () => {
  test('a VPC larger than /16', async () => {
    await expect(ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/8' }))).rejects.toEqual(
      refusal('InvalidVpc.Range'),
    );
  });
  test.each([
    ['overlapping another subnet', '10.0.1.128/25', 'InvalidSubnet.Conflict'],
    ['outside of its VPC', '10.1.0.0/24', 'InvalidSubnet.Range'],
  ])('a subnet %s', async (_name, CidrBlock, name) => {
    await expect(ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }))).rejects.toEqual(refusal(name));
  });
  test('a subnet in a zone that is not there', async () => {
    const command = new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.9.0/24', AvailabilityZone: 'us-east-1x' });
    await expect(ec2.send(command)).rejects.toEqual(refusal('InvalidParameterValue'));
  });
  test('a subnet associated twice', async () => {
    const command = new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId });
    await expect(ec2.send(command)).rejects.toEqual(refusal('Resource.AlreadyAssociated'));
  });
  test('a second internet gateway', async () => {
    const gateway = async () =>
      (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? '';
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId: await gateway() }));
    const again = ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId: await gateway() }));
    await expect(again).rejects.toEqual(refusal('InvalidParameterValue'));
  });
  test('a rule twice, and the removal of one that is not there', async () => {
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web', VpcId: vpcId }),
    );
    const rule = (port: number) => ({
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule(80)));
    await expect(ec2.send(new AuthorizeSecurityGroupIngressCommand(rule(80)))).rejects.toEqual(
      refusal('InvalidPermission.Duplicate'),
    );
    await expect(ec2.send(new RevokeSecurityGroupIngressCommand(rule(443)))).rejects.toEqual(
      refusal('InvalidPermission.NotFound'),
    );
  });
  test('a filter it does not know', async () => {
    const command = new DescribeVpcsCommand({ Filters: [{ Name: 'vpcid', Values: [vpcId] }] });
    await expect(ec2.send(command)).rejects.toEqual(refusal('InvalidParameterValue'));
  });
  test('a sixth VPC', async () => {
    const other = new EC2Client(clientOptions(cloud, 'eu-west-1'));
    for (const second of [1, 2, 3, 4]) await other.send(new CreateVpcCommand({ CidrBlock: `10.${second}.0.0/16` }));
    // The default VPC counts.
    await expect(other.send(new CreateVpcCommand({ CidrBlock: '10.5.0.0/16' }))).rejects.toEqual(
      refusal('VpcLimitExceeded'),
    );
  });
});

test('DryRun changes nothing', async () => {
  const count = async () => (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length;
  const before = await count();
  await expect(ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', DryRun: true }))).rejects.toEqual(
    refusal('DryRunOperation'),
  );
  expect(await count()).toBe(before);
});

test('two route tables with one token are one', async () => {
  const again = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId, ClientToken: 'table' }));
  expect(again.RouteTable?.RouteTableId).toBe(routeTableId);
});

test('a flow log is made once: by token, and by resource and destination', async () => {
  const settings = {
    ResourceIds: [vpcId],
    ResourceType: 'VPC' as const,
    TrafficType: 'ALL' as const,
    LogGroupName: '/flow',
    DeliverLogsPermissionArn: 'arn:aws:iam::000000000000:role/flow',
  };
  const first = await ec2.send(new CreateFlowLogsCommand({ ...settings, ClientToken: 'flow' }));
  const second = await ec2.send(new CreateFlowLogsCommand({ ...settings, ClientToken: 'flow' }));
  const third = await ec2.send(new CreateFlowLogsCommand(settings));
  expect(second.FlowLogIds).toEqual(first.FlowLogIds);
  expect(third.Unsuccessful?.[0]?.Error?.Code).toBe('FlowLogAlreadyExists');
});

test('lists are cut into pages', async () => {
  for (const third of [20, 21, 22, 23, 24]) {
    await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `10.0.${third}.0/24` }));
  }
  const sizes: number[] = [];
  for await (const page of paginateDescribeSubnets({ client: ec2, pageSize: 5 }, {}))
    sizes.push(page.Subnets?.length ?? 0);
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBe(5);
});

test('a NAT gateway comes slowly, holds its address, and goes slowly', async () => {
  const address = await ec2.send(
    new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: tagged('elastic-ip', 'one') }),
  );
  const AllocationId = address.AllocationId ?? '';
  const byTag = async (value: string) =>
    (await ec2.send(new DescribeAddressesCommand({ Filters: [{ Name: 'tag:deployment', Values: [value] }] })))
      .Addresses ?? [];
  expect(await byTag('one')).toHaveLength(1);
  expect(await byTag('another')).toHaveLength(0);

  const wanted = { SubnetId: subnetId, AllocationId, ClientToken: 'nat' };
  const made = await ec2.send(new CreateNatGatewayCommand(wanted));
  const NatGatewayId = made.NatGateway?.NatGatewayId ?? '';
  expect(made.NatGateway?.State).toBe('pending');
  expect((await ec2.send(new CreateNatGatewayCommand(wanted))).NatGateway?.NatGatewayId).toBe(NatGatewayId);
  const second = ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }));
  await expect(second).rejects.toEqual(refusal('Resource.AlreadyAssociated'));
  await expect(ec2.send(new ReleaseAddressCommand({ AllocationId }))).rejects.toEqual(
    refusal('InvalidIPAddress.InUse'),
  );

  const route = { RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId };
  await expect(ec2.send(new CreateRouteCommand(route))).rejects.toEqual(refusal('InvalidNatGatewayID.NotFound'));

  const describeNat = async () =>
    (await ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGatewayId] }))).NatGateways?.[0];
  const available = await waitFor(describeNat, (nat) => nat?.State === 'available');
  // On the scaled clock the age is AWS's: at least the 106 s after which it became available.
  expect(Date.now() - (available?.CreateTime?.getTime() ?? 0)).toBeGreaterThanOrEqual(105_000);
  expect(available?.NatGatewayAddresses?.[0]?.AllocationId).toBe(AllocationId);
  expect((await byTag('one'))[0]?.AssociationId).toBe(available?.NatGatewayAddresses?.[0]?.AssociationId);
  await ec2.send(new CreateRouteCommand(route));
  await expect(ec2.send(new CreateRouteCommand(route))).rejects.toEqual(refusal('RouteAlreadyExists'));

  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
  expect((await describeNat())?.State).toBe('deleting');
  await expect(ec2.send(new ReleaseAddressCommand({ AllocationId }))).rejects.toEqual(
    refusal('InvalidIPAddress.InUse'),
  );
  await waitFor(describeNat, (nat) => nat?.State === 'deleted');
  await ec2.send(new ReleaseAddressCommand({ AllocationId }));
  expect(await byTag('one')).toHaveLength(0);
}, 60_000);

test('every call is recorded with what it was', async () => {
  const calls = await waitFor(
    () => readCalls(cloud.directory),
    (found) => found.some(({ action }) => action === 'CreateVpc'),
  );
  expect(calls.find(({ action }) => action === 'CreateVpc')).toMatchObject({
    service: 'ec2',
    region: 'us-east-1',
    principal: 'test',
    status: 200,
    mutating: true,
  });
});
