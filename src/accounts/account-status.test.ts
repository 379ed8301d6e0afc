import { expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../access/scope.js';
import { hiddenError, lastErrorOf, statusOf } from './account-status.js';

const A = '111111111111';
const B = '222222222222';
const own = { accountId: A, error: 'of a source of A alone', reach: [A] };
const shared = { accountId: A, error: 'names the bucket of A and B', reach: [A, B] };
const discovering = { accountId: A, error: 'names the bucket of everybody', reach: null };

// The contract: PAUSED if paused, ERROR with an error of its own or of a source, else ACTIVE.
it.each([
  [{ paused: false, ownError: null }, [], 'ACTIVE'],
  [{ paused: false, ownError: 'e' }, [], 'ERROR'],
  [{ paused: false, ownError: null }, [shared], 'ERROR'],
  [{ paused: true, ownError: 'e' }, [shared], 'PAUSED'],
  [{ paused: true, ownError: null }, [], 'PAUSED'],
])('the status of %o with failures %o is %s', (account, failures, expected) => {
  expect(statusOf(account, failures)).toBe(expected);
});

it.each([
  ['nothing failing', null, [], [A], null],
  ['its own error', 'mine', [shared], [A], 'mine'],
  ['the error of a source of this account alone', null, [own], [A], own.error],
  ['no word of a shared source', null, [shared], [A], hiddenError],
  ['no word of a source that discovers accounts', null, [discovering], [A, B], hiddenError],
  ['the error of a source whose accounts are all covered', null, [shared], [A, B], shared.error],
  ['the visible error after a hidden one', null, [shared, own], [A], own.error],
])('a narrow token sees %s', (_, ownError, failures, grant, expected) => {
  expect(lastErrorOf({ ownError }, failures, scopeOfGrant(grant))).toBe(expected);
});

it('a token for every account sees the error of any source', () => {
  expect(lastErrorOf({ ownError: null }, [discovering], everyAccount('a test'))).toBe(discovering.error);
});
