import { createHmac, timingSafeEqual } from 'node:crypto';

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

/** 96 bits: out of reach for guessing, and short enough for a cursor that stands on each edge of a page. */
const macBytes = 12;

/** Our own cursors stay far below this; longer text is refused before any work is done on it. */
const maxTextLength = 4096;

/**
 * Layout: base64url of the first 12 bytes of HMAC-SHA-256 over kind and payload, followed by the payload as JSON.
 * The payload can be read by whoever holds the cursor; it cannot be changed.
 */
export function createCursorCodec(key: Buffer): CursorCodec {
  function mac(kind: string, json: Buffer): Buffer {
    // The NUL parts kind from payload: JSON text never holds one.
    return createHmac('sha256', key).update(kind).update('\0').update(json).digest().subarray(0, macBytes);
  }

  return {
    encode(kind, payload) {
      const json = Buffer.from(JSON.stringify(payload));
      return Buffer.concat([mac(kind, json), json]).toString('base64url');
    },

    decode(kind, text) {
      if (text.length > maxTextLength) throw new InvalidCursor();
      const bytes = Buffer.from(text, 'base64url');
      // Node skips what is no base64url: without this, one cursor could be spelled in many ways.
      if (bytes.length <= macBytes || bytes.toString('base64url') !== text) throw new InvalidCursor();
      const json = bytes.subarray(macBytes);
      if (!timingSafeEqual(bytes.subarray(0, macBytes), mac(kind, json))) throw new InvalidCursor();
      return JSON.parse(json.toString()) as CursorPart[];
    },
  };
}
