import { expect, it } from 'vitest';
import { EventTextError, parseEvent } from './parse-event.js';

it('reads JSON text and takes objects as they are', () => {
  const event = { a: 1 };
  expect(parseEvent(event)).toBe(event);
  expect(parseEvent(' {"a": [1e2]} ')).toEqual({ a: [100] });
});

/** RFC 8259: what is no JSON, and where it ceases to be. */
it.each([
  ['{"a": tru}', 6, /a value/],
  ['{"a": 1', 7, /ends where/],
  ['{"a": 1,}', 8, /key in double quotes/],
  ['', 0, /ends where/],
  ['[1]', 0, /JSON object/],
  ['"x"', 0, /JSON object/],
  ['null', 0, /JSON object/],
  [`${'['.repeat(5000)}`, 500, /deeper/],
  [null, 0, /JSON object/],
  [undefined, 0, /JSON object/],
  [['x'], 0, /JSON object/],
  [5, 0, /JSON object/],
])('refuses %j', (input, position, reason) => {
  let fault: unknown;
  try {
    parseEvent(input);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(EventTextError);
  expect(fault).toMatchObject({ position, reason: expect.stringMatching(reason) });
});
