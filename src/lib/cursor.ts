import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

type CursorPart = string | number | null;

/** Turns the place where a reader stands into text that only this installation can have made. */
export interface CursorCodec {
  /** @param kind what the cursor is for; a cursor of one kind is refused as another. */
  encode(kind: string, payload: readonly CursorPart[]): string;
  /** @throws InvalidCursor when the text was not made by `encode` with this key and kind. */
  decode(kind: string, text: string): CursorPart[];
}

/** The text is no cursor of this installation and kind. The message holds nothing of the text. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor() {
    super('not a cursor of this kind, or made by another installation');
  }
}

const cipher = 'aes-256-ctr';

/** 128 bits: as long as the initial vector that AES takes, which it is as well. */
const macBytes = 16;

/** Our own cursors stay far below this; longer text is refused before any work is done on it. */
const maxTextLength = 4096;

/**
 * Layout: base64url of the first 16 bytes of HMAC-SHA-256 over kind and payload, followed by the payload as JSON under
 * AES-256-CTR with those bytes as its initial vector (the construction of SIV, RFC 5297). A cursor can be neither
 * changed nor read: a position in the feed would tell how much is stored of accounts that its holder may not see.
 */
export function createCursorCodec(key: Buffer): CursorCodec {
  const macKey = deriveKey(key, 'mac');
  const cipherKey = deriveKey(key, 'cipher');

  function mac(kind: string, json: Buffer): Buffer {
    // The NUL parts kind from payload: JSON text never holds one.
    return createHmac('sha256', macKey).update(kind).update('\0').update(json).digest().subarray(0, macBytes);
  }

  return {
    encode(kind, payload) {
      const json = Buffer.from(JSON.stringify(payload));
      const vector = mac(kind, json);
      return Buffer.concat([vector, createCipheriv(cipher, cipherKey, vector).update(json)]).toString('base64url');
    },

    decode(kind, text) {
      if (text.length > maxTextLength) throw new InvalidCursor();
      const bytes = Buffer.from(text, 'base64url');
      // Node skips what is no base64url: without this, one cursor could be spelled in many ways.
      if (bytes.length <= macBytes || bytes.toString('base64url') !== text) throw new InvalidCursor();
      const vector = bytes.subarray(0, macBytes);
      const json = createDecipheriv(cipher, cipherKey, vector).update(bytes.subarray(macBytes));
      if (!timingSafeEqual(vector, mac(kind, json))) throw new InvalidCursor();
      return JSON.parse(json.toString()) as CursorPart[];
    },
  };
}

function deriveKey(key: Buffer, use: string): Buffer {
  return createHmac('sha256', key).update(`crosstrail cursor ${use}`).digest();
}
