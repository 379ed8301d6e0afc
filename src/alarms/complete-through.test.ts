import { expect, it } from 'vitest';
import { completeThrough } from './complete-through.js';

const time = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute));
const accounts = [
  { account: '111111111111', expectedThrough: time(10) },
  { account: '222222222222', expectedThrough: time(5) },
  { account: '333333333333', expectedThrough: null },
  { account: null, expectedThrough: time(59) },
];

it.each([
  ['the least of the accounts that are seen', ['111111111111', '222222222222'], time(5).getTime()],
  ['those that are not seen do not count', ['111111111111'], time(10).getTime()],
  ['one of which it is not known is one that may lack anything', ['111111111111', '333333333333'], null],
  ['and so is one that is not connected', ['111111111111', '999999999999'], null],
  ['every account is all that are connected', null, null],
])('%s', (_what, accountIds, expected) => {
  expect(completeThrough(accounts, accountIds)).toBe(expected);
});

it('of every account the least, where it is known of all', () => {
  expect(completeThrough(accounts.slice(0, 2), null)).toBe(time(5).getTime());
});

it('is not known where there is no account at all', () => {
  expect(completeThrough([], null)).toBeNull();
});
