import { type Parameters, structures, text } from '../call.ts';

/** One rule of a security group: protocol, ports and one peer, as a comparable text. */
const ruleKey = (
  protocol: string,
  from: number | string | undefined,
  to: number | string | undefined,
  peer: string,
): string => (protocol === '-1' ? `-1 ${peer}` : `${protocol} ${from ?? -1}-${to ?? -1} ${peer}`);

/** The rules that a request of Authorize… or Revoke… names; the older flat parameters too. */
export function requestedRules(parameters: Parameters): string[] {
  const permissions = structures(parameters, 'IpPermissions');
  const flat = text(parameters, 'CidrIp');
  if (permissions.length === 0 && flat !== undefined) {
    return [
      ruleKey(text(parameters, 'IpProtocol') ?? '-1', text(parameters, 'FromPort'), text(parameters, 'ToPort'), flat),
    ];
  }
  return permissions.flatMap((permission) => {
    const peers = [
      ...structures(permission, 'IpRanges').map((range) => text(range, 'CidrIp')),
      ...structures(permission, 'Ipv6Ranges').map((range) => text(range, 'CidrIpv6')),
      ...structures(permission, 'Groups').map((group) => text(group, 'GroupId')),
      ...structures(permission, 'PrefixListIds').map((list) => text(list, 'PrefixListId')),
    ];
    return peers
      .filter((peer) => peer !== undefined)
      .map((peer) =>
        ruleKey(text(permission, 'IpProtocol') ?? '-1', text(permission, 'FromPort'), text(permission, 'ToPort'), peer),
      );
  });
}

/** A group's permissions as DescribeSecurityGroups lists them. */
export interface ListedPermission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly IpRanges?: readonly { readonly CidrIp?: string | undefined }[] | undefined;
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6?: string | undefined }[] | undefined;
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string | undefined }[] | undefined;
  readonly PrefixListIds?: readonly { readonly PrefixListId?: string | undefined }[] | undefined;
}

export function listedRules(permissions: readonly ListedPermission[]): string[] {
  return permissions.flatMap((permission) =>
    [
      ...(permission.IpRanges ?? []).map((range) => range.CidrIp),
      ...(permission.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => pair.GroupId),
      ...(permission.PrefixListIds ?? []).map((list) => list.PrefixListId),
    ]
      .filter((peer) => peer !== undefined)
      .map((peer) => ruleKey(permission.IpProtocol ?? '-1', permission.FromPort, permission.ToPort, peer)),
  );
}
