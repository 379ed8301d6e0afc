/** Text of PostgreSQL holds no U+0000; what others wrote may. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
