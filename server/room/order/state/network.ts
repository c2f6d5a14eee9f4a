/** IP networks: what a ban of an address or a network applies to. An address is a network of all its bits. */
export interface Network {
  readonly version: 4 | 6;
  /** The bits behind the prefix are 0. */
  readonly bits: bigint;
  readonly prefix: number;
}

const SIZE = { 4: 32, 6: 128 } as const;
/** The smallest network that belongs to one IPv6 host, which may choose its addresses from it (RFC 6177). */
const HOST_PREFIX = { 4: 32, 6: 64 } as const;
/** IPv4 addresses as IPv6 sockets write them, ::ffff:0:0/96 (RFC 4291, section 2.5.5.2). */
const MAPPED = 0xffffn;
const GROUP_BITS = 16n;

/** Reads `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/32`; undefined if it is none. A zone is dropped. */
export function readNetwork(text: string): Network | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const found = readAddress(address);
  if (!found || rest.length > 0) return undefined;
  if (length === undefined) return found;
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return prefix <= SIZE[found.version] ? shorten(found, prefix) : undefined;
}

/** In CIDR notation; IPv6 as RFC 5952 recommends. */
export function writeNetwork({ version, bits, prefix }: Network): string {
  return `${version === 4 ? writeIpv4(bits) : writeIpv6(bits)}/${prefix}`;
}

/** The network that holds this one and has `prefix` bits; the network itself if it has no more. */
export function shorten(network: Network, prefix: number): Network {
  const { version, bits } = network;
  if (prefix >= network.prefix) return network;
  const behind = BigInt(SIZE[version] - prefix);
  return { version, prefix, bits: (bits >> behind) << behind };
}

/** What is banned along with the guest at an address: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOfHost(address: string): Network | undefined {
  const network = readNetwork(address);
  return network && shorten(network, HOST_PREFIX[network.version]);
}

function readAddress(text: string): Network | undefined {
  const plain = text.replace(/%.*$/, "");
  if (!plain.includes(":")) {
    const bits = readIpv4(plain);
    return bits === undefined ? undefined : { version: 4, bits, prefix: SIZE[4] };
  }
  const bits = readIpv6(plain);
  if (bits === undefined) return undefined;
  if (bits >> 32n === MAPPED) return { version: 4, bits: bits & 0xffffffffn, prefix: SIZE[4] };
  return { version: 6, bits, prefix: SIZE[6] };
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  // A leading 0 means octal to some programs, and nothing to others.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map(readGroups);
  if (!left || (halves.length === 2 && !right)) return undefined;
  const missing = 8 - left.length - (right?.length ?? 0);
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...new Array<number>(missing).fill(0), ...(right ?? [])];
  return groups.reduce((bits, group) => (bits << GROUP_BITS) | BigInt(group), 0n);
}

/** The last two groups may be written as an IPv4 address. */
function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const tail = i === parts.length - 1 && part.includes(".") ? readIpv4(part) : undefined;
    if (tail !== undefined) groups.push(Number(tail >> GROUP_BITS), Number(tail & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function writeIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".");
}

function writeIpv6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bits >> BigInt(112 - 16 * i)) & 0xffffn);
  const run = longestZeros(groups);
  const hex = (some: readonly bigint[]) => some.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.at))}::${hex(groups.slice(run.at + run.length))}`;
}

function longestZeros(groups: readonly bigint[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0n) length++;
    if (length > best.length) best = { at, length };
  }
  return best;
}

/**
 * Values by network. What holds an address is found by one look for each length of prefix in use, however many networks
 * there are.
 */
export class NetworkIndex<T> {
  /** By version and length of prefix, and by the bits of the network. */
  private readonly lengths = new Map<
    string,
    { readonly prefix: Network; readonly found: Map<bigint, Set<T>> }
  >();

  add(network: Network, value: T): void {
    const key = lengthOf(network);
    const known = this.lengths.get(key) ?? { prefix: network, found: new Map<bigint, Set<T>>() };
    this.lengths.set(key, known);
    const values = known.found.get(network.bits) ?? new Set();
    known.found.set(network.bits, values.add(value));
  }

  delete(network: Network, value: T): void {
    const key = lengthOf(network);
    const found = this.lengths.get(key)?.found;
    const values = found?.get(network.bits);
    if (!found || !values?.delete(value)) return;
    if (values.size === 0) found.delete(network.bits);
    if (found.size === 0) this.lengths.delete(key);
  }

  /** The values of the networks that hold this one, be it an address. */
  *holding(network: Network): Iterable<T> {
    for (const { prefix, found } of this.lengths.values()) {
      if (prefix.version !== network.version || prefix.prefix > network.prefix) continue;
      yield* found.get(shorten(network, prefix.prefix).bits) ?? [];
    }
  }
}

const lengthOf = ({ version, prefix }: Network) => `${version}/${prefix}`;
