import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Provisioner } from '../provisioner.ts';
import { only } from './only.ts';

export async function readNetwork(provisioner: Provisioner, region: string, cidr: string) {
  const ec2 = provisioner.client(EC2Client, region);
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: [cidr] }] }));
  const vpc = only(Vpcs, `VPCs of ${cidr} in ${region}`);
  const inVpc = [{ Name: 'vpc-id', Values: [vpc.VpcId ?? ''] }];
  const [attribute, gateways, subnets, nats, addresses, routeTables, groups, flowLogs] = await Promise.all([
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpc.VpcId, Attribute: 'enableDnsHostnames' })),
    ec2.send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [vpc.VpcId ?? ''] }] }),
    ),
    ec2.send(new DescribeSubnetsCommand({ Filters: inVpc })),
    ec2.send(new DescribeNatGatewaysCommand({ Filter: inVpc })),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc })),
    ec2.send(new DescribeFlowLogsCommand({ Filter: [{ Name: 'resource-id', Values: [vpc.VpcId ?? ''] }] })),
  ]);
  return {
    vpc,
    dnsHostnames: attribute.EnableDnsHostnames?.Value,
    internetGateways: gateways.InternetGateways ?? [],
    subnets: subnets.Subnets ?? [],
    // EC2 shows a deleted one for another hour.
    natGateways: (nats.NatGateways ?? []).filter(({ State }) => State !== 'deleted'),
    addresses: addresses.Addresses ?? [],
    routeTables: routeTables.RouteTables ?? [],
    securityGroups: groups.SecurityGroups ?? [],
    flowLogs: flowLogs.FlowLogs ?? [],
  };
}

export async function readBalancer(provisioner: Provisioner, deployment: string, region: string) {
  const elb = provisioner.client(ElasticLoadBalancingV2Client, region);
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ Names: [`${deployment}-alb`] }));
  const loadBalancer = only(LoadBalancers, 'load balancers');
  const [{ Listeners = [] }, { TargetGroups = [] }] = await Promise.all([
    elb.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn })),
    elb.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn })),
  ]);
  const rules = await Promise.all(
    Listeners.map(async ({ ListenerArn }) => (await elb.send(new DescribeRulesCommand({ ListenerArn }))).Rules ?? []),
  );
  const targetGroups = await Promise.all(
    TargetGroups.map(async (group) => ({
      ...group,
      health:
        (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn })))
          .TargetHealthDescriptions ?? [],
    })),
  );
  return { loadBalancer, listeners: Listeners, rules: rules.flat(), targetGroups };
}
