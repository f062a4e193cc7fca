/** An IPv4 network: its first address as a number, and how many addresses it has. */
export interface Network {
  readonly first: number;
  readonly size: number;
}

/** The network of a well-formed CIDR; the base address is kept as written, also where host bits are set. */
export function network(cidr: string): Network {
  const [address = '', prefix = ''] = cidr.split('/');
  const first = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { first, size: 2 ** (32 - Number(prefix)) };
}

export const overlap = (one: Network, other: Network): boolean =>
  one.first < other.first + other.size && other.first < one.first + one.size;

/** The `index`-th /24 counted from the network's first address: `10.0.0.0/16` and 11 give `10.0.11.0/24`. */
export function subnet24(cidr: string, index: number): string {
  const first = network(cidr).first + index * 256;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/24`;
}
