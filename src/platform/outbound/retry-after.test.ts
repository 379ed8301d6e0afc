import { expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.js';

const now = new Date('1994-11-06T08:49:07.500Z');

// Origin: RFC 9110, sections 10.2.3 and 5.6.7, whose example of each form of date is 1994-11-06T08:49:37Z.
it.each([
  ['0', 0],
  ['120', 120],
  [' 120 ', 120],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 30],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 30],
  ['Sun Nov  6 08:49:37 1994', 30],
  ['Sun, 06 Nov 1994 08:49:07 GMT', 0],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 162_573_052],
  ['Saturday, 06-Nov-93 08:49:37 GMT', 0],
  ['Saturday, 01-Jan-00 00:00:00 GMT', 162_573_053],
  ['Sunday, 06-Nov-44 08:49:37 GMT', 1_577_923_230],
  ['Tuesday, 06-Nov-45 08:49:37 GMT', 0],
])('%s is %i seconds from now', (value, seconds) => {
  expect(retryAfterSeconds(value, now)).toBe(seconds);
});

// Origin: what the grammar there does not allow.
it.each([
  null,
  '',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  'soon',
  '2030-01-01T00:00:00Z',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 PST',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Thu, 31 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
])('%j says nothing', (value) => {
  expect(retryAfterSeconds(value, now)).toBeNull();
});
