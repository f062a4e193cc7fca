import type { Saying } from './saying.ts';

const ec2Guide = 'EC2 API reference, "Error codes", and "Eventual consistency"';
const elbGuide = 'ELBv2 API reference, errors of the call';

/** What EC2 and Elastic Load Balancing answer too early. */
export const tooEarlyInNetwork: readonly Saying[] = [
  ...(
    [
      ['InvalidVpcID.NotFound', "The vpc ID 'vpc-0a1b' does not exist", 'CreateVpc, then CreateSubnet'],
      ['InvalidSubnetID.NotFound', "The subnet ID 'subnet-0a1b' does not exist", 'CreateSubnet, then CreateNatGateway'],
      [
        'InvalidInternetGatewayID.NotFound',
        "The internetGateway ID 'igw-0a1b' does not exist",
        'CreateInternetGateway, then AttachInternetGateway',
      ],
      [
        'InvalidGatewayID.NotFound',
        "The gateway ID 'igw-0a1b' does not exist",
        'CreateInternetGateway, then CreateRoute',
      ],
      [
        'InvalidRouteTableID.NotFound',
        "The routeTable ID 'rtb-0a1b' does not exist",
        'CreateRouteTable, then CreateRoute',
      ],
      [
        'InvalidAssociationID.NotFound',
        "The association ID 'rtbassoc-0a1b' does not exist",
        'AssociateRouteTable, then ReplaceRouteTableAssociation',
      ],
      [
        'InvalidAllocationID.NotFound',
        "The allocation ID 'eipalloc-0a1b' does not exist",
        'AllocateAddress, then CreateNatGateway',
      ],
      [
        'InvalidNatGatewayID.NotFound',
        "The natGateway ID 'nat-0a1b' does not exist",
        'CreateNatGateway, then CreateRoute; a gateway that is pending is refused so, too',
      ],
      ['NatGatewayNotFound', 'The Nat Gateway nat-0a1b was not found', 'CreateNatGateway, then ReplaceRoute'],
      ['InvalidRoute.NotFound', 'no route with destination-cidr-block 0.0.0.0/0', 'CreateRoute, then ReplaceRoute'],
      [
        'InvalidGroup.NotFound',
        "The security group 'sg-0a1b' does not exist",
        'CreateSecurityGroup, then AuthorizeSecurityGroupIngress',
      ],
      ['InvalidFlowLogId.NotFound', 'The flow log ID fl-0a1b does not exist', 'CreateFlowLogs, then tagging'],
    ] as const
  ).map(([code, sample, when]) => ({ code, sample, when, source: ec2Guide })),
  {
    code: 'ConcurrentTagAccess',
    sample: "You can't run simultaneous commands to modify a tag for a specific resource.",
    when: 'two changes of the tags of one resource',
    source: ec2Guide,
  },
  {
    code: 'Resource.AlreadyAssociated',
    sample: 'Elastic IP address [eipalloc-0a1b] is already associated',
    when: 'DeleteNatGateway of one that failed, then CreateNatGateway: its address is held until it is gone (37 to 79 s)',
    source: 'apply logs, n = 12',
  },
  ...(
    [
      [
        'SubnetNotFoundException',
        "The subnet ID 'subnet-0a1b' does not exist",
        'CreateSubnet, then CreateLoadBalancer',
      ],
      [
        'InvalidSubnetException',
        'VPC vpc-0a1b has no internet gateway',
        'AttachInternetGateway, then CreateLoadBalancer',
      ],
      [
        'InvalidSecurityGroupException',
        "The security group 'sg-0a1b' does not exist",
        'CreateSecurityGroup, then CreateLoadBalancer',
      ],
      [
        'LoadBalancerNotFoundException',
        'One or more load balancers not found',
        'CreateLoadBalancer, then CreateListener',
      ],
      ['TargetGroupNotFoundException', 'One or more target groups not found', 'CreateTargetGroup, then CreateListener'],
      ['ListenerNotFoundException', 'One or more listeners not found', 'CreateListener, then CreateRule'],
      ['RuleNotFoundException', 'One or more rules not found', 'CreateRule, then SetRulePriorities'],
    ] as const
  ).map(([code, sample, when]) => ({ code, sample, when, source: elbGuide })),
  {
    code: 'InvalidConfigurationRequestException',
    message: /security group/i,
    sample: 'One or more security groups are invalid',
    when: 'CreateSecurityGroup, then SetSecurityGroups',
    source: elbGuide,
  },
];
