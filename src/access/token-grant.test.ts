import { expect, it } from 'vitest';
import { scopeOfGrant } from './scope.js';
import { grantWithin } from './token-grant.js';

const now = Date.parse('2026-11-21T12:00:00Z');
const soon = new Date('2026-11-21T13:00:00Z');
const later = new Date('2026-11-22T00:00:00Z');

function caller(expiresAt: Date | null) {
  const token = { id: '11111111-1111-4111-8111-111111111111', name: 'maker', expiresAt };
  return { token, scopes: new Set(['ACCESS_ADMIN', 'EVENTS_READ'] as const), accounts: scopeOfGrant(null) };
}

// The rule: a token grants nothing that it has not itself, and its time is part of that.
it.each([
  ['for ever, from one that lasts for ever', null, null, null],
  ['for a while, from one that lasts for ever', null, soon, soon],
  ['for less than its maker', later, soon, soon],
  ['as long as its maker', soon, soon, soon],
  ['as long as its maker when nothing is said', soon, null, soon],
])('makes a token that lasts %s', (_name, limit, requested, granted) => {
  const request = { name: 'child', scopes: ['EVENTS_READ'] as const, expiresAt: requested };
  expect(grantWithin(caller(limit), request, now).expiresAt).toEqual(granted);
});

it('refuses a token that would outlive its maker, or has ended already', () => {
  const request = (expiresAt: Date) => ({ name: 'child', scopes: ['EVENTS_READ'] as const, expiresAt });
  expect(() => grantWithin(caller(soon), request(later), now)).toThrow(/cannot make one that lasts longer/);
  expect(() => grantWithin(caller(null), request(new Date(now)), now)).toThrow(/input\.expiresAt/);
});
