import ipaddr from 'ipaddr.js';

const dottedQuad = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/;
const ipv6Characters = /^[0-9a-f:]{2,39}$/;

/**
 * Whether Postgres prints the text back as it stands when it is stored as `inet`: IPv4 without leading zeros, IPv6 in
 * the form of RFC 5952. Addresses that begin with `::`, other than `::` and `::1`, are left out: Postgres prints some of
 * them with a dotted quad at the end.
 */
export function isPlainAddress(text: string): boolean {
  if (dottedQuad.test(text)) return true;
  if (!ipv6Characters.test(text) || !ipaddr.IPv6.isValid(text)) return false;
  if (text.startsWith('::')) return text === '::' || text === '::1';
  return ipaddr.IPv6.parse(text).toRFC5952String() === text;
}
