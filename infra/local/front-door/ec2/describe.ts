import { type Call, type Interceptor, ServiceError, text } from '../call.ts';
import { withoutParameters } from '../form.ts';
import { child, type Element, editXml, entries } from '../xml.ts';
import { assertKnown, type FilterTable, filtersOf, matches } from './filters.ts';

/**
 * The list that each Describe operation answers with, and its filters (EC2 API reference, "Filter.N" of each operation;
 * what ministack has no data for is left out, and so refused like a misspelt name).
 */
export const describable: Readonly<Record<string, { readonly list: string; readonly filters: FilterTable }>> = {
  DescribeVpcs: {
    list: 'vpcSet',
    filters: {
      cidr: 'cidrBlock',
      'cidr-block-association.cidr-block': 'cidrBlockAssociationSet.item.cidrBlock',
      'is-default': 'isDefault',
      'owner-id': 'ownerId',
      state: 'state',
      'vpc-id': 'vpcId',
    },
  },
  DescribeSubnets: {
    list: 'subnetSet',
    filters: {
      'availability-zone': 'availabilityZone',
      'availability-zone-id': 'availabilityZoneId',
      'cidr-block': 'cidrBlock',
      'default-for-az': 'defaultForAz',
      'map-public-ip-on-launch': 'mapPublicIpOnLaunch',
      'owner-id': 'ownerId',
      state: 'state',
      'subnet-id': 'subnetId',
      'vpc-id': 'vpcId',
    },
  },
  DescribeInternetGateways: {
    list: 'internetGatewaySet',
    filters: {
      'attachment.state': 'attachmentSet.item.state',
      'attachment.vpc-id': 'attachmentSet.item.vpcId',
      'internet-gateway-id': 'internetGatewayId',
      'owner-id': 'ownerId',
    },
  },
  DescribeRouteTables: {
    list: 'routeTableSet',
    filters: {
      'association.gateway-id': 'associationSet.item.gatewayId',
      'association.main': 'associationSet.item.main',
      'association.route-table-association-id': 'associationSet.item.routeTableAssociationId',
      'association.route-table-id': 'associationSet.item.routeTableId',
      'association.subnet-id': 'associationSet.item.subnetId',
      'owner-id': 'ownerId',
      'route-table-id': 'routeTableId',
      'route.destination-cidr-block': 'routeSet.item.destinationCidrBlock',
      'route.gateway-id': 'routeSet.item.gatewayId',
      'route.nat-gateway-id': 'routeSet.item.natGatewayId',
      'route.state': 'routeSet.item.state',
      'vpc-id': 'vpcId',
    },
  },
  DescribeAddresses: {
    list: 'addressesSet',
    filters: {
      'allocation-id': 'allocationId',
      'association-id': 'associationId',
      'instance-id': 'instanceId',
      'network-border-group': 'networkBorderGroup',
      'network-interface-id': 'networkInterfaceId',
      'private-ip-address': 'privateIpAddress',
      'public-ip': 'publicIp',
    },
  },
  DescribeNatGateways: {
    list: 'natGatewaySet',
    filters: {
      'nat-gateway-id': 'natGatewayId',
      state: 'state',
      'subnet-id': 'subnetId',
      'vpc-id': 'vpcId',
    },
  },
  DescribeSecurityGroups: {
    list: 'securityGroupInfo',
    filters: {
      description: 'groupDescription',
      'egress.ip-permission.cidr': 'ipPermissionsEgress.item.ipRanges.item.cidrIp',
      'group-id': 'groupId',
      'group-name': 'groupName',
      'ip-permission.cidr': 'ipPermissions.item.ipRanges.item.cidrIp',
      'ip-permission.group-id': 'ipPermissions.item.groups.item.groupId',
      'owner-id': 'ownerId',
      'vpc-id': 'vpcId',
    },
  },
  DescribeSecurityGroupRules: {
    list: 'securityGroupRuleSet',
    filters: { 'group-id': 'groupId', 'security-group-rule-id': 'securityGroupRuleId' },
  },
  DescribeFlowLogs: {
    list: 'flowLogSet',
    filters: {
      'deliver-log-status': 'deliverLogsStatus',
      'flow-log-id': 'flowLogId',
      'log-destination-type': 'logDestinationType',
      'log-group-name': 'logGroupName',
      'resource-id': 'resourceId',
      'traffic-type': 'trafficType',
    },
  },
  DescribeNetworkAcls: {
    list: 'networkAclSet',
    filters: { default: 'default', 'network-acl-id': 'networkAclId', 'owner-id': 'ownerId', 'vpc-id': 'vpcId' },
  },
  DescribeNetworkInterfaces: {
    list: 'networkInterfaceSet',
    filters: {
      'group-id': 'groupSet.item.groupId',
      'network-interface-id': 'networkInterfaceId',
      status: 'status',
      'subnet-id': 'subnetId',
      'vpc-id': 'vpcId',
    },
  },
  DescribeVpcEndpoints: {
    list: 'vpcEndpointSet',
    filters: {
      'service-name': 'serviceName',
      'vpc-endpoint-id': 'vpcEndpointId',
      'vpc-endpoint-state': 'state',
      'vpc-endpoint-type': 'vpcEndpointType',
      'vpc-id': 'vpcId',
    },
  },
};

const tokenPrefix = 'slipway-page-';

/** The page's start; a token that EC2 did not hand out is refused. */
function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = Buffer.from(token, 'base64url').toString('utf8');
  if (!offset.startsWith(tokenPrefix)) throw new ServiceError('InvalidNextToken', `The token '${token}' is invalid`);
  return Number(offset.slice(tokenPrefix.length));
}

/**
 * Applies filters and pages here, after the items say what AWS's would: ministack ignores the filters of some operations, unknown
 * names and `MaxResults`, and would filter by a state that is not yet the one shown.
 */
export function describing(action: string, enrich?: (items: Element[], call: Call) => Promise<void>): Interceptor {
  const known = describable[action];
  if (known === undefined) throw new RangeError(`${action} is not in the table`);
  return async (call, next) => {
    const filters = filtersOf(call.parameters);
    assertKnown(filters, known.filters);
    const limit = Number(text(call.parameters, 'MaxResults') ?? Number.POSITIVE_INFINITY);
    const offset = offsetOf(text(call.parameters, 'NextToken'));
    const body = Buffer.from(withoutParameters(String(call.body), ['Filter', 'MaxResults', 'NextToken']));
    return editXml(await next({ ...call, body }), async (root) => {
      const items = entries(root, known.list);
      await enrich?.(items, call);
      const found = items.filter((item) => matches(item, filters, known.filters));
      const list = child(root, known.list) ?? {};
      list.item = found.slice(offset, offset + limit);
      root[known.list] = list;
      if (offset + limit < found.length) {
        root.nextToken = Buffer.from(`${tokenPrefix}${offset + limit}`).toString('base64url');
      }
    });
  };
}
