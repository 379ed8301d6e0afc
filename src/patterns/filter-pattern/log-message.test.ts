import { expect, it } from 'vitest';
import { LogMessage } from './log-message.js';

// Own reckoning.
it.each([
  ['{"a": "é"}', { a: 'é' }],
  ['null', null],
  ['5', 5],
  ['', undefined],
  ['{"a": 1} x', undefined],
])('reads %j', (text, json) => {
  const message = LogMessage.ofText(text);
  expect(message.json).toEqual(json);
  expect(message.bytes.toString()).toBe(text);
  expect(message.text).toBe(text);
});

it('makes each form once', () => {
  const record = { a: 'é' };
  const raw = Buffer.from('{"a":"é"}');
  const message = LogMessage.ofRecord(raw, record);
  expect(message.json).toBe(record);
  expect(message.bytes).toBe(raw);
  expect(message.text).toBe('{"a":"é"}');
  const other = LogMessage.ofText('{"a":"é"}');
  expect(other.json).toBe(other.json);
  expect(other.bytes).toBe(other.bytes);
});
