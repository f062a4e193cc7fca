import type { IpPermission } from '@aws-sdk/client-ec2';

/** One rule of a security group. */
export interface Rule {
  /** `-1` is every protocol, to EC2. */
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** The other side, who comes in or where it goes out to: IPv4 or IPv6 range, group id or prefix list id. */
  readonly source: string;
}

/** One port, from there. */
export const tcp = (port: number, source: string): Rule => ({ protocol: 'tcp', fromPort: port, toPort: port, source });

/** EC2 bundles rules of equal ports; each source is a rule of its own. */
export function toRules(permission: IpPermission): Rule[] {
  const sources = [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
  ];
  return sources.flatMap((source) =>
    source === undefined
      ? []
      : [
          {
            protocol: permission.IpProtocol ?? '-1',
            fromPort: permission.FromPort ?? -1,
            toPort: permission.ToPort ?? -1,
            source,
          },
        ],
  );
}

export function toPermission({ protocol, fromPort, toPort, source }: Rule): IpPermission {
  const ports = protocol === '-1' ? {} : { FromPort: fromPort, ToPort: toPort };
  const from = source.startsWith('pl-')
    ? { PrefixListIds: [{ PrefixListId: source }] }
    : !source.includes('/')
      ? { UserIdGroupPairs: [{ GroupId: source }] }
      : source.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: source }] }
        : { IpRanges: [{ CidrIp: source }] };
  return { IpProtocol: protocol, ...ports, ...from };
}

/** What a rule is called in a difference: `tcp 8080 sg-0123`. */
export function nameOf({ protocol, fromPort, toPort, source }: Rule): string {
  if (protocol === '-1') return `all ${source}`;
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`} ${source}`;
}

export const byName = (rules: readonly Rule[]): Readonly<Record<string, Rule>> =>
  Object.fromEntries(rules.map((rule) => [nameOf(rule), rule]));

export const without = (rules: readonly Rule[], others: readonly Rule[]): readonly Rule[] => {
  const known = byName(others);
  return rules.filter((rule) => known[nameOf(rule)] === undefined);
};

/** What EC2 gives a new group: everything may go out. */
export const everything: Rule = { protocol: '-1', fromPort: -1, toPort: -1, source: '0.0.0.0/0' };
