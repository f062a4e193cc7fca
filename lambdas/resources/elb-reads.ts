/**
 * What ELB reads of EC2 on behalf of the caller, who must be allowed to, while ELB's service-linked role is new: "Elastic
 * Load Balancing API permissions" in its user guide. The service authorization data does not mention it.
 */
export const ec2Reads = {
  createLoadBalancer: [
    'ec2:DescribeAccountAttributes',
    'ec2:DescribeAddresses',
    'ec2:DescribeInternetGateways',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  createTargetGroup: ['ec2:DescribeInternetGateways', 'ec2:DescribeVpcs'],
  setSubnets: ['ec2:DescribeSubnets'],
} as const;
