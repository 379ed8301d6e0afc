import ipaddr from 'ipaddr.js';

type Ipv4 = ipaddr.IPv4;
type Ipv6 = ipaddr.IPv6;
type Network = readonly [address: Ipv4 | Ipv6, bits: number];

/** Whether an address may be called. */
export type Judgement =
  /** `public`: global unicast. `operator`: in a network that the operator allows. */
  | { readonly verdict: 'public' | 'operator' }
  /** `reason` says what kind of address it is. */
  | { readonly verdict: 'refused'; readonly reason: string };

const publicAddress: Judgement = { verdict: 'public' };
const operatorsAddress: Judgement = { verdict: 'operator' };

/** Source: "IANA IPv4 Special-Purpose Address Registry", less what is globally reachable, and multicast. */
const refusedIpv4 = networks([
  ['0.0.0.0/8', 'an address of "this network" (RFC 791)'],
  ['10.0.0.0/8', 'a private address (RFC 1918)'],
  ['100.64.0.0/10', 'an address shared behind a carrier (RFC 6598)'],
  ['127.0.0.0/8', 'a loopback address (RFC 1122)'],
  ['169.254.0.0/16', 'a link-local address (RFC 3927)'],
  ['172.16.0.0/12', 'a private address (RFC 1918)'],
  ['192.0.0.0/24', 'an address of IETF protocols (RFC 6890)'],
  ['192.0.2.0/24', 'an address for documentation (RFC 5737)'],
  ['192.88.99.0/24', 'an address of 6to4 relays (RFC 7526)'],
  ['192.168.0.0/16', 'a private address (RFC 1918)'],
  ['198.18.0.0/15', 'an address for benchmarks (RFC 2544)'],
  ['198.51.100.0/24', 'an address for documentation (RFC 5737)'],
  ['203.0.113.0/24', 'an address for documentation (RFC 5737)'],
  ['224.0.0.0/4', 'a multicast address (RFC 5771)'],
  ['240.0.0.0/4', 'a reserved address (RFC 1112)'],
]);

/** Source: "IANA IPv6 Special-Purpose Address Registry". What is not in `globalUnicast` is refused without standing here. */
const refusedIpv6 = networks([
  ['fc00::/7', 'a private address (RFC 4193)'],
  ['fe80::/10', 'a link-local address (RFC 4291)'],
  ['fec0::/10', 'a site-local address (RFC 3879)'],
  ['ff00::/8', 'a multicast address (RFC 4291)'],
  ['64:ff9b:1::/48', 'an address of a translator within a network (RFC 8215)'],
  ['100::/64', 'an address whose packets are discarded (RFC 6666)'],
  ['2001::/23', 'an address of IETF protocols (RFC 2928)'],
  ['2001:db8::/32', 'an address for documentation (RFC 3849)'],
  ['3fff::/20', 'an address for documentation (RFC 9637)'],
]);

/** Source: "IANA IPv6 Global Unicast Address Assignments". */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Where clouds give the machine its credentials: AWS (EC2, ECS, EKS), Google, Azure, Oracle, Alibaba. A network that
 * happens to hold one does not allow it; only naming the address itself does. Azure's is public by its number, and reaches
 * the host of the machine all the same.
 */
const metadataServices = new Set(
  [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    '168.63.129.16',
    '192.0.0.192',
    '100.100.100.200',
  ].map((address) => ipaddr.parse(address).toString()),
);

/** Decides which addresses Crosstrail may call for its users. */
export class AddressGuard {
  readonly #allowed: readonly Network[];

  /**
   * @param allowedNetworks CIDR blocks or single addresses that may be called besides public ones
   * @throws Error naming the entry that is neither
   */
  constructor(allowedNetworks: readonly string[]) {
    this.#allowed = allowedNetworks.map(readNetwork);
  }

  /** Whether the operator allows anything. */
  get hasAllowedNetworks(): boolean {
    return this.#allowed.length > 0;
  }

  /** @param address in its usual spelling, as name servers and the host of a parsed URL have it; IPv6 without brackets */
  judge(address: string): Judgement {
    if (ipaddr.IPv4.isValidFourPartDecimal(address)) return this.#judgeIpv4(ipaddr.IPv4.parse(address));
    // A zone id (`fe80::1%eth0`) chooses an interface of this machine.
    if (!address.includes('%') && ipaddr.IPv6.isValid(address)) return this.#judgeIpv6(ipaddr.IPv6.parse(address));
    return { verdict: 'refused', reason: 'no address that is understood' };
  }

  #judgeIpv4(address: Ipv4): Judgement {
    return this.#isAllowed(address) ? operatorsAddress : judgeBy(refusedIpv4, address);
  }

  #judgeIpv6(address: Ipv6): Judgement {
    // The system calls the IPv4 address in it.
    if (address.isIPv4MappedAddress()) return this.#judgeIpv4(address.toIPv4Address());
    if (this.#isAllowed(address)) return operatorsAddress;
    const translated = translatedIpv4(address);
    if (translated !== null) return this.#worstOf(translated);
    const judgement = judgeBy(refusedIpv6, address);
    if (judgement.verdict === 'refused') return judgement;
    if (!address.match([...globalUnicast])) return { verdict: 'refused', reason: 'no public address (RFC 4291)' };
    return this.#worstOf(isatapIpv4(address));
  }

  #worstOf(addresses: readonly Ipv4[]): Judgement {
    const judgements = addresses.map((address) => this.#judgeIpv4(address));
    return (
      judgements.find(({ verdict }) => verdict === 'refused') ??
      judgements.find(({ verdict }) => verdict === 'operator') ??
      publicAddress
    );
  }

  #isAllowed(address: Ipv4 | Ipv6): boolean {
    const isMetadata = metadataServices.has(address.toString());
    return this.#allowed.some(
      ([network, bits]) => isIn(address, [network, bits]) && (!isMetadata || bits === bitsOf(network)),
    );
  }
}

/** The IPv4 addresses that packets to `address` end up at, as its form tells; null where it is none of those forms. */
function translatedIpv4(address: Ipv6): Ipv4[] | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const isZero = (...parts: number[]) => parts.every((part) => part === 0);
  // IPv4-compatible (RFC 4291), with `::` and `::1`, and IPv4-translated (RFC 2765).
  if (isZero(a, b, c, d, e, f) || (isZero(a, b, c, d, f) && e === 0xffff)) return [ipv4Of(g, h)];
  // NAT64 (RFC 6052).
  if (a === 0x64 && b === 0xff9b && isZero(c, d, e, f)) return [ipv4Of(g, h)];
  // 6to4 (RFC 3056).
  if (a === 0x2002) return [ipv4Of(b, c)];
  // Teredo (RFC 4380): the server, and the client with its bits turned over.
  if (a === 0x2001 && b === 0) return [ipv4Of(c, d), ipv4Of(g ^ 0xffff, h ^ 0xffff)];
  return null;
}

/** ISATAP (RFC 5214) stands in the lower half of any address. */
function isatapIpv4({ parts: [, , , , e = 0, f = 0, g = 0, h = 0] }: Ipv6): Ipv4[] {
  return (e & 0xfdff) === 0 && f === 0x5efe ? [ipv4Of(g, h)] : [];
}

function ipv4Of(high: number, low: number): Ipv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

function judgeBy(refused: readonly (readonly [Network, string])[], address: Ipv4 | Ipv6): Judgement {
  if (metadataServices.has(address.toString()))
    return { verdict: 'refused', reason: 'an address of a metadata service' };
  const found = refused.find(([network]) => isIn(address, network));
  return found === undefined ? publicAddress : { verdict: 'refused', reason: found[1] };
}

function networks(blocks: readonly (readonly [block: string, reason: string])[]): [Network, string][] {
  return blocks.map(([block, reason]) => [readNetwork(block), reason]);
}

function isIn(address: Ipv4 | Ipv6, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function readNetwork(text: string): Network {
  const [written = '', bits, ...more] = text.split('/');
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(written) || (!written.includes('%') && ipaddr.IPv6.isValid(written));
  if (isAddress && more.length === 0 && /^(\d{1,3})?$/.test(bits ?? '') && bits !== '') {
    const address = ipaddr.parse(written);
    const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
    const length = bits === undefined ? bitsOf(address) : Number(bits);
    if (!isMapped && length <= bitsOf(address)) return [address, length];
  }
  throw new Error(`"${text}" is no network: write a block such as 10.0.0.0/8 or fd00::/8, or one address`);
}

function bitsOf(address: Ipv4 | Ipv6): number {
  return address.kind() === 'ipv4' ? 32 : 128;
}
