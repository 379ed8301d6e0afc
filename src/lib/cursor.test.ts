import { expect, it } from 'vitest';
import { createCursorCodec, InvalidCursor } from './cursor.js';

const codec = createCursorCodec(Buffer.alloc(32, 1));

it.each([[[]], [[1, 'a', null]], [['2026-11-21T00:00:00Z', -3.5, 'ü "quoted" \u0000']], [[Number.MAX_SAFE_INTEGER]]])(
  'gives back the payload %j',
  (payload) => {
    const text = codec.encode('events', payload);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(codec.decode('events', text)).toEqual(payload);
  },
);

it('gives the same cursor for the same place, and another for another kind or key', () => {
  const cursor = codec.encode('events', [7]);
  expect(codec.encode('events', [7])).toBe(cursor);
  expect(codec.encode('feed', [7])).not.toBe(cursor);
  expect(createCursorCodec(Buffer.alloc(32, 2)).encode('events', [7])).not.toBe(cursor);
});

it('shows nothing of what it holds', () => {
  const cursor = codec.encode('events', ['123456', 'AKIAIOSFODNN7EXAMPLE']);
  const shown = Buffer.from(cursor, 'base64url').toString('latin1');
  expect(shown).not.toMatch(/123456|AKIA|\[/);
});

it('refuses every cursor in which one character was changed', () => {
  const text = codec.encode('events', [123, 'abc']);
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    expect(() => codec.decode('events', changed), `character ${at}`).toThrow(InvalidCursor);
  }
});

const good = codec.encode('events', [1]);
it.each([
  ['nothing', ''],
  ['another kind', codec.encode('feed', [1])],
  ['another installation', createCursorCodec(Buffer.alloc(32, 9)).encode('events', [1])],
  ['a check value alone', good.slice(0, 16)],
  ['a cut cursor', good.slice(0, -1)],
  ['padding', `${good}=`],
  ['characters that base64 decoders skip', `${good.slice(0, 4)}\n${good.slice(4)}`],
  ['the spelling of plain base64', `${good}+/`],
  ['megabytes', 'A'.repeat(5_000_000)],
])('refuses %s', (_, text) => {
  expect(() => codec.decode('events', text)).toThrow(InvalidCursor);
});
