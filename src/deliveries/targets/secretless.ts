/** Shorter ones would be found in any text, and tell nothing where they are. */
const leastLength = 4;

/** A text without the secrets: targets and libraries repeat what they were given. */
export function secretless(text: string, secrets: object): string {
  return stringsIn(secrets)
    .filter((secret) => secret.length >= leastLength)
    .sort((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
