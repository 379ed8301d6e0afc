import { expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../access/scope.js';
import { hiddenError, lastErrorOf, statusOf } from './account-status.js';

const A = '111111111111';
const B = '222222222222';
const own = { accountId: A, error: 'of a source of A alone', reach: [A] };
const shared = { accountId: A, error: 'names the bucket of A and B', reach: [A, B] };
const discovering = { accountId: A, error: 'names the bucket of everybody', reach: null };

// The contract: PAUSED if paused, ERROR when a source that collects for it fails, else ACTIVE.
it.each([
  [{ paused: false }, [], 'ACTIVE'],
  [{ paused: false }, [shared], 'ERROR'],
  [{ paused: true }, [shared], 'PAUSED'],
  [{ paused: true }, [], 'PAUSED'],
])('the status of %o with failures %o is %s', (account, failures, expected) => {
  expect(statusOf(account, failures)).toBe(expected);
});

it.each([
  ['nothing failing', [], [A], null],
  ['the error of a source of this account alone', [own], [A], own.error],
  ['no word of a shared source', [shared], [A], hiddenError],
  ['no word of a source that discovers accounts', [discovering], [A, B], hiddenError],
  ['the error of a source whose accounts are all covered', [shared], [A, B], shared.error],
  ['the visible error after a hidden one', [shared, own], [A], own.error],
])('a narrow token sees %s', (_, failures, grant, expected) => {
  expect(lastErrorOf(failures, scopeOfGrant(grant))).toBe(expected);
});

it('a token for every account sees the error of any source', () => {
  expect(lastErrorOf([discovering], everyAccount('a test'))).toBe(discovering.error);
});
