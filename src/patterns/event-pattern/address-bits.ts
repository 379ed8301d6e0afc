const byteBits = Array.from({ length: 256 }, (_, byte) => byte.toString(2).padStart(8, '0'));
const mappedPrefix = '0'.repeat(80) + '1'.repeat(16);

/** The longest text of an address: an IPv6 address with eight full groups. */
const maxLength = 39;

/**
 * The bits of an IP address as "0" and "1" behind a mark of the family, so that a network is a prefix of its addresses:
 * `4` and 32 bits, or `6` and 128. Null for what is no address.
 *
 * What is an address is as event-ruler has it: four decimal numbers of any number of leading zeros, or IPv6 without
 * dots and zones; an IPv6 address that maps an IPv4 one (`::ffff:a00:1`) is the IPv4 one.
 */
export function addressBits(text: string): string | null {
  if (text.length < 2 || text.length > maxLength) return null;
  return text.includes(':') ? sixBits(text) : fourBits(text);
}

function fourBits(text: string): string | null {
  let bits = '4';
  let from = 0;
  for (let count = 1; count <= 4; count++) {
    const to = count < 4 ? text.indexOf('.', from) : text.length;
    const byte = to > from ? byteOf(text, from, to) : -1;
    if (byte < 0) return null;
    bits += byteBits[byte];
    from = to + 1;
  }
  return bits;
}

/** -1 where the characters are no number up to 255. */
function byteOf(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > 255 ? -1 : value;
}

function sixBits(text: string): string | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupBits(halves[0] ?? '');
  const tail = groupBits(halves[1] ?? '');
  if (head === null || tail === null) return null;
  const missing = 128 - head.length - tail.length;
  // "::" stands for one group of zeros at least.
  if (halves.length === 1 ? missing !== 0 : missing < 16) return null;
  const bits = head + '0'.repeat(missing) + tail;
  return bits.startsWith(mappedPrefix) ? `4${bits.slice(96)}` : `6${bits}`;
}

function groupBits(text: string): string | null {
  if (text === '') return '';
  let bits = '';
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    const value = Number.parseInt(group, 16);
    bits += `${byteBits[value >> 8]}${byteBits[value & 0xff]}`;
  }
  return bits;
}
