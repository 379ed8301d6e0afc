import { expect, it } from 'vitest';
import { moment, momentBefore } from './option-values.js';

const now = Date.parse('2026-11-21T12:00:00Z');

// Our own forms; days and moments as ISO 8601 has them.
it.each([
  ['30m', '2026-11-21T11:30:00.000Z'],
  ['3h', '2026-11-21T09:00:00.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
  ['2w', '2026-11-07T12:00:00.000Z'],
  ['0h', '2026-11-21T12:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T06:30Z', '2026-11-20T06:30:00.000Z'],
  ['2026-11-20T06:30:15.5+02:00', '2026-11-20T04:30:15.500Z'],
])('--from %s is %s', (value, time) => {
  expect(momentBefore(value, now).toISOString()).toBe(time);
});

it.each([
  ['3', 'a time ago such as 30m, 3h, 7d or 2w'],
  ['3H', 'a time ago such as 30m'],
  ['-3h', 'a time ago such as 30m'],
  ['1.5h', 'a time ago such as 30m'],
  ['yesterday', 'a time ago such as 30m'],
  ['99999999d', 'a time ago such as 30m'],
  ['', 'a time ago such as 30m'],
  ['2026-02-30', 'a day such as 2026-01-31'],
  ['2026-02-01T25:00Z', 'a day such as 2026-01-31'],
  ['2026-02-01T12:00', 'a day such as 2026-01-31'],
])('--from %s is refused, and what is taken is named', (value, reason) => {
  expect(() => momentBefore(value, now)).toThrow(reason);
  if (value.startsWith('2026')) expect(() => moment(value)).toThrow(reason);
});
