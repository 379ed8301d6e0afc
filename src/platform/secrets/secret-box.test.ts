import { createDecipheriv } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSecretBox, SecretKeyMissing, SecretUnreadable } from './secret-box.js';

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);
const secret = { authorization: 'Bearer abc', signingKey: 'ä€😀', nested: { list: [1, null, true] } };
const context = 'target:hook';

describe('a sealed secret', () => {
  const box = createSecretBox([first]);

  it.each([secret, {}, [], { text: 'x'.repeat(100_000) }])('opens as what it was', (value) => {
    expect(box.open(box.seal(value, context), context)).toEqual(value);
  });

  it('shows nothing of itself, and differs each time', () => {
    const sealed = [box.seal(secret, context), box.seal(secret, context)];
    expect(sealed[0]).not.toEqual(sealed[1]);
    for (const bytes of sealed) expect(bytes.toString('latin1')).not.toContain('abc');
    // A nonce that comes twice gives GCM's key away.
    expect(sealed[0]?.subarray(9, 21)).not.toEqual(sealed[1]?.subarray(9, 21));
  });

  it('is version, key id, nonce, AES-256-GCM of the JSON, and tag', () => {
    const sealed = box.seal(secret, context);
    expect(sealed[0]).toBe(1);
    expect(sealed.toString('hex', 1, 9)).toBe(box.currentKeyId);
    const opening = createDecipheriv('aes-256-gcm', first, sealed.subarray(9, 21));
    opening.setAAD(Buffer.concat([sealed.subarray(0, 21), Buffer.from(context)]));
    opening.setAuthTag(sealed.subarray(-16));
    const text = Buffer.concat([opening.update(sealed.subarray(21, -16)), opening.final()]).toString();
    expect(JSON.parse(text)).toEqual(secret);
  });

  it.each(['target:other', 'target:hoo', 'target:hook2', 'target:hook\0', ''])('does not open at %j', (other) => {
    expect(() => box.open(box.seal(secret, context), other)).toThrow(SecretUnreadable);
  });

  it('does not open with any one bit turned over', () => {
    const sealed = box.seal({ a: 1 }, context);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // Within the key id it is another key that is asked for.
      const expected = bit >= 8 && bit < 72 ? SecretKeyMissing : SecretUnreadable;
      expect(() => box.open(changed, context), `bit ${bit}`).toThrow(expected);
    }
  });

  it('does not open cut short or with more behind it', () => {
    const sealed = box.seal({ a: 1 }, context);
    for (let length = 0; length < sealed.length; length++) {
      expect(() => box.open(sealed.subarray(0, length), context), `${length} bytes`).toThrow(SecretUnreadable);
    }
    expect(() => box.open(Buffer.concat([sealed, Buffer.of(0)]), context)).toThrow(SecretUnreadable);
  });

  it('of a later version says so', () => {
    const sealed = box.seal(secret, context);
    sealed[0] = 2;
    expect(() => box.open(sealed, context)).toThrow('has version 2, which this Crosstrail does not know');
    expect(() => box.keyIdOf(sealed)).toThrow(SecretUnreadable);
  });
});

describe('keys', () => {
  it('that were replaced open what they sealed, while the new one seals', () => {
    const before = createSecretBox([first]);
    const after = createSecretBox([second, first]);
    const old = before.seal(secret, context);
    expect(after.open(old, context)).toEqual(secret);
    expect(after.keyIdOf(old)).toBe(before.currentKeyId);
    expect(after.currentKeyId).not.toBe(before.currentKeyId);
    const anew = after.seal(secret, context);
    expect(after.keyIdOf(anew)).toBe(after.currentKeyId);
    expect(createSecretBox([second]).open(anew, context)).toEqual(secret);
  });

  it('that are missing are named by their id', () => {
    const before = createSecretBox([first]);
    const open = () => createSecretBox([second]).open(before.seal(secret, context), context);
    expect(open).toThrow(SecretKeyMissing);
    expect(open).toThrow(`the key with id ${before.currentKeyId}: CROSSTRAIL_SECRET_KEYS must hold it`);
  });

  it('have an id that stays, and that does not tell them', () => {
    // SHA-256 of "crosstrail secret key id", a zero byte and 32 bytes of 1, by sha256sum.
    expect(createSecretBox([first]).currentKeyId).toBe('3897cec0255d7894');
    expect(inspect(createSecretBox([first]), { depth: 9, showHidden: true })).not.toMatch(/01 01|\\x01|AQEB|0101/);
  });

  it.each([[[]], [[Buffer.alloc(31)]], [[first, Buffer.alloc(33)]]])(
    'of another length or none are refused',
    (keys) => {
      expect(() => createSecretBox(keys)).toThrow(/needs a key|has 32 bytes/);
    },
  );
});
