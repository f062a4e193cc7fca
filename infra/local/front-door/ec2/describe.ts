import { type Call, type Interceptor, ServiceError, text } from '../call.ts';
import { withoutParameters } from '../form.ts';
import { child, type Element, editXml, entries } from '../xml.ts';
import { assertKnown, type FilterTable, filtersOf, matches } from './filters.ts';

/**
 * The list that each Describe operation answers with, and the filters that somebody uses (EC2 API reference, "Filter.N"
 * of each operation); others are refused like a misspelt name.
 */
export const describable: Readonly<Record<string, { readonly list: string; readonly filters: FilterTable }>> = {
  DescribeVpcs: {
    list: 'vpcSet',
    filters: { cidr: 'cidrBlock', 'is-default': 'isDefault', 'vpc-id': 'vpcId' },
  },
  DescribeSubnets: {
    list: 'subnetSet',
    filters: { 'availability-zone': 'availabilityZone', 'default-for-az': 'defaultForAz', 'vpc-id': 'vpcId' },
  },
  DescribeInternetGateways: {
    list: 'internetGatewaySet',
    filters: { 'attachment.vpc-id': 'attachmentSet.item.vpcId' },
  },
  DescribeRouteTables: {
    list: 'routeTableSet',
    filters: { 'association.subnet-id': 'associationSet.item.subnetId', 'vpc-id': 'vpcId' },
  },
  DescribeAddresses: { list: 'addressesSet', filters: {} },
  DescribeNatGateways: { list: 'natGatewaySet', filters: { state: 'state', 'vpc-id': 'vpcId' } },
  DescribeSecurityGroups: { list: 'securityGroupInfo', filters: { 'vpc-id': 'vpcId' } },
  DescribeFlowLogs: { list: 'flowLogSet', filters: { 'resource-id': 'resourceId' } },
  DescribeNetworkAcls: { list: 'networkAclSet', filters: { 'vpc-id': 'vpcId' } },
  DescribeVpcEndpoints: { list: 'vpcEndpointSet', filters: { 'vpc-id': 'vpcId' } },
  DescribeNetworkInterfaces: { list: 'networkInterfaceSet', filters: { 'vpc-id': 'vpcId' } },
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
