/** Whether a text is a UUID as Postgres prints one, in capitals or not. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Values of the characters of hexadecimal numbers, by their code. */
const digits = new Uint8Array(128);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * Writes the 16 bytes of a UUID.
 *
 * @param uuid one that `isUuid` takes
 * @returns the place behind them
 */
export function writeUuid(bytes: Uint8Array, uuid: string, at: number): number {
  let to = at;
  for (let from = 0; from < 36; from += 2) {
    if (from === 8 || from === 13 || from === 18 || from === 23) from++;
    bytes[to++] = ((digits[uuid.charCodeAt(from)] as number) << 4) | (digits[uuid.charCodeAt(from + 1)] as number);
  }
  return to;
}
