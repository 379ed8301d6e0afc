import { describe, expect, it } from 'vitest';
import { covers, coversAll, everyAccount, narrow, requireAccount, scopeOfGrant } from './scope.js';

const a = '111111111111';
const b = '222222222222';
const c = '333333333333';

// Origin of the truth in all tables: DESIGN, invariant 6 and "null = every account" of the GraphQL contract.

describe('what a scope covers', () => {
  it.each([
    ['every account covers any', null, a, true],
    ['a grant covers its own', [a, b], b, true],
    ['a grant does not cover another', [a, b], c, false],
    ['a grant of none covers none', [], a, false],
  ])('%s', (_name, grant, accountId, expected) => {
    expect(covers(scopeOfGrant(grant), accountId)).toBe(expected);
  });

  it.each([
    ['every account covers every account', null, null, true],
    ['every account covers a set', null, [a, b], true],
    ['a grant covers a part of itself', [a, b], [a], true],
    ['a grant covers itself in another order', [a, b], [b, a], true],
    ['a grant does not cover more than itself', [a, b], [a, c], false],
    ['a grant does not cover every account', [a, b], null, false],
    ['nothing is covered by any grant', [a], [], true],
  ])('%s', (_name, grant, set, expected) => {
    expect(coversAll(scopeOfGrant(grant), set)).toBe(expected);
  });
});

describe('a filter narrows a scope and never widens it', () => {
  it.each([
    ['no filter leaves a grant as it is', [a, b], undefined, [a, b]],
    ['null leaves a grant as it is', [a, b], null, [a, b]],
    ['no filter leaves every account', null, undefined, null],
    ['every account takes any filter', null, [b, a], [a, b]],
    ['a filter takes a part of a grant', [a, b], [b], [b]],
    ['an account outside of the grant drops out', [a, b], [b, c], [b]],
    ['a filter wholly outside leaves nothing, not everything', [a], [c], []],
    ['an empty filter leaves nothing, not everything', null, [], []],
    ['values given twice count once', null, [a, a], [a]],
  ])('%s', (_name, grant, filter, expected) => {
    expect(narrow(scopeOfGrant(grant), filter).accountIds).toEqual(expected);
  });
});

it('a scope cannot be changed by who holds it', () => {
  const granted = [a];
  const scope = scopeOfGrant(granted);
  granted.push(b);
  expect(scope.accountIds).toEqual([a]);
  expect(() => (scope.accountIds as string[]).push(c)).toThrow(TypeError);
});

it('everyAccount wants a reason', () => {
  expect(everyAccount('the sweeper serves all').accountIds).toBeNull();
  expect(() => everyAccount(' ')).toThrow('reason');
});

it('an account outside of the scope does not exist', () => {
  expect(() => requireAccount(scopeOfGrant([a]), a)).not.toThrow();
  expect(() => requireAccount(scopeOfGrant([a]), b)).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', message: `account ${b} does not exist` }),
  );
});
