import { expect, it } from 'vitest';
import { KeptSince } from './retention.service.js';

const now = Date.parse('2026-11-21T12:34:56Z');
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const own = new Map([
  ['111111111111', 1],
  ['222222222222', 365],
]);

// From the definition: whole days UTC, and at least as many as were asked for.
it.each([
  ['a day keeps yesterday whole', '111111111111', 90, day('2026-11-20')],
  ['an account may keep longer than the others', '222222222222', 90, day('2025-11-21')],
  ['the default holds for the rest', '333333333333', 90, day('2026-08-23')],
  ['without a default the rest is kept for ever', '333333333333', null, null],
])('%s', (_, accountId, byDefault, expected) => {
  expect(new KeptSince(byDefault, own, now).of(accountId)).toBe(expected);
});

it.each([
  ['two that keep some', ['111111111111', '222222222222'], 90, day('2025-11-21')],
  ['one that falls under the default', ['111111111111', '333333333333'], 90, day('2026-08-23')],
  ['one that keeps all', ['111111111111', '333333333333'], null, null],
  ['none', [], 90, null],
])('of several accounts, the one that keeps most counts: %s', (_, accountIds, byDefault, expected) => {
  expect(new KeptSince(byDefault, own, now).earliestOf(accountIds)).toBe(expected);
});

it.each([
  [null, new Map<string, number>(), null],
  [90, new Map<string, number>(), day('2026-08-23')],
  [null, own, day('2026-11-20')],
  [90, new Map([['222222222222', 365]]), day('2026-08-23')],
])('with default %s and %o nothing older than %s can be due', (byDefault, byAccount, expected) => {
  expect(new KeptSince(byDefault, byAccount, now).latest).toBe(expected);
});
