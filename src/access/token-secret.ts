import { createHash, randomBytes } from 'node:crypto';

/** A new token's secret: `ct_` and 256 random bits. The prefix lets secret scanners find one that leaked. */
export function newSecret(): string {
  return `ct_${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** More than any secret needs; what is longer is not even hashed. */
const maxHeaderLength = 512;

/**
 * The secret in an `Authorization: Bearer` value (RFC 6750), or null.
 * The same value comes in a WebSocket's `connectionParams.authorization`.
 */
export function bearerSecret(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > maxHeaderLength) return null;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
}
