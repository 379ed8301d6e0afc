import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';

/** Keeps secrets of users at rest. */
export interface SecretBox {
  /** Of the key that `seal` uses: 16 hexadecimal digits; empty where there is none. */
  readonly currentKeyId: string;
  /**
   * Encrypts a secret.
   *
   * @param secret what JSON can hold
   * @param context where the sealed value is kept, e.g. `target:<name>`: it opens for the same context only, so that it
   *   is of no use in another row
   */
  seal(secret: object, context: string): Buffer;
  /** @throws SecretKeyMissing, SecretUnreadable */
  open(sealed: Buffer, context: string): object;
  /** The key that a sealed value needs; where it is not `currentKeyId`, seal anew. @throws SecretUnreadable */
  keyIdOf(sealed: Buffer): string;
}

/** A secret was sealed with a key that this process does not have. */
export class SecretKeyMissing extends Error {
  override readonly name = 'SecretKeyMissing';

  constructor(readonly keyId: string) {
    super(
      `a stored secret needs the key with id ${keyId}: CROSSTRAIL_SECRET_KEYS must hold it, behind the current one`,
    );
  }
}

/** A stored secret is not what was sealed, or not where. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
}

/** A sealed value: version (1 byte), key id (8), nonce (12), what is encrypted, tag (16). */
const version = 1;
const keyIdBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const nonceAt = 1 + keyIdBytes;
const contentAt = nonceAt + nonceBytes;

const cipher = 'aes-256-gcm';
export const secretKeyBytes = 32;

/**
 * AES-256-GCM with a random nonce, so one key is good for some 2^32 secrets (NIST SP 800-38D, section 8.3).
 *
 * @param keys of 32 bytes each; the first seals, all of them open
 */
export function createSecretBox(keys: readonly Buffer[]): SecretBox {
  const byId = new Map<string, KeyObject>(keys.map((key) => [keyIdOfKey(key), secretKeyOf(key)]));
  const [first] = byId;
  if (first === undefined) throw new Error('a secret box needs a key');
  const [currentKeyId, currentKey] = first;

  return {
    currentKeyId,
    seal(secret, context) {
      const nonce = randomBytes(nonceBytes);
      const head = Buffer.concat([Buffer.of(version), Buffer.from(currentKeyId, 'hex'), nonce]);
      const sealing = createCipheriv(cipher, currentKey, nonce, { authTagLength: tagBytes });
      sealing.setAAD(authenticated(head, context));
      const content = [sealing.update(JSON.stringify(secret), 'utf8'), sealing.final()];
      return Buffer.concat([head, ...content, sealing.getAuthTag()]);
    },
    open(sealed, context) {
      const keyId = readKeyId(sealed);
      const key = byId.get(keyId);
      if (key === undefined) throw new SecretKeyMissing(keyId);
      return decrypt(sealed, key, context);
    },
    keyIdOf: readKeyId,
  };
}

function decrypt(sealed: Buffer, key: KeyObject, context: string): object {
  const head = sealed.subarray(0, contentAt);
  const opening = createDecipheriv(cipher, key, head.subarray(nonceAt), { authTagLength: tagBytes });
  opening.setAAD(authenticated(head, context));
  opening.setAuthTag(sealed.subarray(-tagBytes));
  const content = opening.update(sealed.subarray(contentAt, -tagBytes));
  try {
    opening.final();
  } catch (cause) {
    const message = 'a stored secret was changed, or comes from another row: enter it anew';
    throw new SecretUnreadable(message, { cause });
  }
  return JSON.parse(content.toString('utf8'));
}

function readKeyId(sealed: Buffer): string {
  if (sealed.length > 0 && sealed[0] !== version) {
    throw new SecretUnreadable(`a stored secret has version ${sealed[0]}, which this Crosstrail does not know`);
  }
  if (sealed.length < contentAt + tagBytes) throw new SecretUnreadable('a stored secret is cut short: enter it anew');
  return sealed.toString('hex', 1, nonceAt);
}

/** What must not change although it is not encrypted. The head has one length, so no two pairs give the same bytes. */
function authenticated(head: Buffer, context: string): Buffer {
  return Buffer.concat([head, Buffer.from(context, 'utf8')]);
}

/** Says which key it is and nothing about it. */
function keyIdOfKey(key: Buffer): string {
  const labelled = Buffer.concat([Buffer.from('crosstrail secret key id\0'), key]);
  return hash('sha256', labelled, 'hex').slice(0, 2 * keyIdBytes);
}

function secretKeyOf(key: Buffer): KeyObject {
  if (key.length !== secretKeyBytes) throw new Error(`a secret key has ${secretKeyBytes} bytes`);
  return createSecretKey(key);
}
