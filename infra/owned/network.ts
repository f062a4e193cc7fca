import type { Kind } from '../../workflow/stages.ts';
import { type Decisions, itself } from './decisions.ts';

const ipv6 = 'the platform has IPv4 only';
const pools = 'addresses come from the input, or from AWS’s own pool';
const outposts = 'Outposts, Local Zones and Wavelength are not used';

export const networkDecisions = {
  vpc: {
    client: 'ec2',
    operations: ['CreateVpc', 'ModifyVpcAttribute'],
    owned: { CidrBlock: 'cidr', EnableDnsSupport: 'dnsSupport', EnableDnsHostnames: 'dnsHostnames' },
    others: {
      'whoever watches the use of addresses': ['EnableNetworkAddressUsageMetrics'],
      'whoever answers for encryption in the account’s networks': ['VpcEncryptionControl'],
    },
    notApplicable: {
      [itself]: ['VpcId'],
      [ipv6]: ['Ipv6Pool', 'Ipv6CidrBlock', 'Ipv6IpamPoolId', 'Ipv6NetmaskLength', 'AmazonProvidedIpv6CidrBlock'],
      [pools]: ['Ipv4IpamPoolId', 'Ipv4NetmaskLength'],
      [outposts]: ['Ipv6CidrBlockNetworkBorderGroup'],
      'Fargate runs in the default tenancy only': ['InstanceTenancy'],
    },
  },
  subnet: {
    client: 'ec2',
    operations: ['CreateSubnet', 'ModifySubnetAttribute'],
    owned: {
      VpcId: 'vpc',
      CidrBlock: 'cidr',
      AvailabilityZone: 'zone',
      MapPublicIpOnLaunch: 'publicAddresses',
    },
    notApplicable: {
      [itself]: ['SubnetId'],
      [ipv6]: [
        'Ipv6CidrBlock',
        'Ipv6Native',
        'Ipv6IpamPoolId',
        'Ipv6NetmaskLength',
        'AssignIpv6AddressOnCreation',
        'EnableDns64',
        'EnableResourceNameDnsAAAARecordOnLaunch',
      ],
      [pools]: ['Ipv4IpamPoolId', 'Ipv4NetmaskLength'],
      [outposts]: [
        'OutpostArn',
        'MapCustomerOwnedIpOnLaunch',
        'CustomerOwnedIpv4Pool',
        'EnableLniAtDeviceIndex',
        'DisableLniAtDeviceIndex',
      ],
      'the zone’s name says it already': ['AvailabilityZoneId'],
      'concerns instances, and there are none': [
        'PrivateDnsHostnameTypeOnLaunch',
        'EnableResourceNameDnsARecordOnLaunch',
      ],
    },
  },
  'internet-gateway': {
    client: 'ec2',
    operations: ['CreateInternetGateway', 'AttachInternetGateway'],
    owned: { VpcId: 'vpc' },
    notApplicable: { [itself]: ['InternetGatewayId'] },
  },
  'route-table': {
    client: 'ec2',
    operations: ['CreateRouteTable', 'CreateRoute', 'AssociateRouteTable'],
    owned: {
      VpcId: 'vpc',
      SubnetId: 'subnets',
      DestinationCidrBlock: 'routes',
      DestinationIpv6CidrBlock: 'routes',
      'CreateRoute.GatewayId': 'routes',
      NatGatewayId: 'routes',
      EgressOnlyInternetGatewayId: 'routes',
      InstanceId: 'routes',
      NetworkInterfaceId: 'routes',
    },
    others: {
      'whoever connects the VPC with other networks (a default route is ours all the same)': [
        'TransitGatewayId',
        'VpcPeeringConnectionId',
        'LocalGatewayId',
        'CarrierGatewayId',
        'CoreNetworkArn',
        'OdbNetworkArn',
      ],
      'whoever sets up the endpoint': ['DestinationPrefixListId', 'VpcEndpointId'],
      'whoever lets a gateway look up its routes here': ['AssociateRouteTable.GatewayId'],
    },
    notApplicable: { [itself]: ['RouteTableId'], [pools]: ['PublicIpv4Pool'] },
  },
  'nat-route': {
    client: 'ec2',
    operations: ['CreateRoute', 'ReplaceRoute'],
    owned: { RouteTableId: 'routeTable', NatGatewayId: 'natGateway' },
    notApplicable: {
      'it is the default route of a private table, by definition; other routes are the table’s': [
        'DestinationCidrBlock',
        'DestinationIpv6CidrBlock',
        'DestinationPrefixListId',
        'VpcEndpointId',
        'TransitGatewayId',
        'LocalGatewayId',
        'CarrierGatewayId',
        'CoreNetworkArn',
        'OdbNetworkArn',
        'GatewayId',
        'EgressOnlyInternetGatewayId',
        'InstanceId',
        'NetworkInterfaceId',
        'VpcPeeringConnectionId',
        'LocalTarget',
      ],
    },
  },
  'elastic-ip': {
    client: 'ec2',
    operations: ['AllocateAddress', 'ModifyAddressAttribute'],
    owned: {},
    others: { 'whoever answers for reverse DNS': ['DomainName'] },
    notApplicable: {
      [itself]: ['AllocationId'],
      'an address of a VPC is the only kind that is left': ['Domain'],
      [pools]: ['Address', 'PublicIpv4Pool', 'IpamPoolId'],
      [outposts]: ['NetworkBorderGroup', 'CustomerOwnedIpv4Pool'],
    },
  },
  'nat-gateway': {
    client: 'ec2',
    operations: ['CreateNatGateway'],
    owned: { SubnetId: 'subnet', AllocationId: 'address', ConnectivityType: 'connectivity' },
    notApplicable: {
      'one stands in each zone': ['AvailabilityMode', 'VpcId', 'AvailabilityZoneAddresses'],
      'one address is enough: 55,000 connections to each destination': [
        'PrivateIpAddress',
        'SecondaryAllocationIds',
        'SecondaryPrivateIpAddresses',
        'SecondaryPrivateIpAddressCount',
      ],
    },
  },
  'security-group': {
    client: 'ec2',
    operations: ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'],
    owned: {
      Description: 'description',
      'CreateSecurityGroup.GroupName': 'name',
      VpcId: 'vpc',
      'AuthorizeSecurityGroupIngress.IpPermissions': 'ingress',
      'AuthorizeSecurityGroupEgress.IpPermissions': 'egress',
    },
    notApplicable: {
      [itself]: ['GroupId', 'AuthorizeSecurityGroupIngress.GroupName'],
      'another spelling of IpPermissions': [
        'CidrIp',
        'FromPort',
        'ToPort',
        'IpProtocol',
        'SourceSecurityGroupName',
        'SourceSecurityGroupOwnerId',
      ],
    },
  },
  'flow-log': {
    client: 'ec2',
    operations: ['CreateFlowLogs'],
    owned: {
      ResourceIds: 'vpc',
      TrafficType: 'traffic',
      LogGroupName: 'logGroup',
      DeliverLogsPermissionArn: 'role',
      MaxAggregationInterval: 'aggregationSeconds',
    },
    notApplicable: {
      'follows from the VPC and the log group': ['ResourceType', 'LogDestinationType', 'LogDestination'],
      'concerns delivery to S3, to other accounts or by tag': [
        'DeliverCrossAccountRole',
        'DestinationOptions',
        'TagFieldSpecifications',
      ],
      'EC2 can’t change it, and the default has every field that the dashboards read': ['LogFormat'],
    },
  },
} as const satisfies Partial<Record<Kind, Decisions>>;
