import { expect, it } from 'vitest';
import { SearchBudget, searchLimits, textMatcher } from './text-search.js';

// The contract of filter.search: the JSON text contains it anywhere, in any case. JavaScript's toLowerCase says what a
// case is; the pairs of letters are from Unicode's UnicodeData.
it.each([
  ['{"userName":"Alice"}', 'alice', true],
  ['{"userName":"alice"}', 'ALICE', true],
  ['{"userName":"alice"}', 'bob', false],
  ['{"a":1,"b":2}', '"b":2}', true],
  ['{"price":"5.50"}', '5x50', false],
  ['{"price":"5.50"}', '5.50', true],
  ['{"p":"a+b(c)[d]\\\\^$|?*{1}"}', 'A+B(C)[D]\\\\^$|?*{1}', true],
  ['{"aab":1}', 'a+b', false],
  ['{"name":"müller"}', 'MÜLLER', true],
  ['{"name":"MÜLLER"}', 'mül', true],
  ['{"name":"muller"}', 'müller', false],
  ['{"name":"müller","key":"AKIA"}', 'akia', true],
  ['{"unit":"300 K"}', '300 \u212a', true], // the sign of kelvin, whose small letter is k
  ['{"unit":"300 \u212a"}', '300 k', true],
  ['{"text":"a\tb"}', 'a\tb', true],
  ['{"text":"日本語"}', '本', true],
])('of the record %s, %s is a part: %s', (record, search, expected) => {
  expect(textMatcher(search)(Buffer.from(record))).toBe(expected);
});

it('spends records and time, and lets no search begin with nothing left', () => {
  let now = 0;
  const budget = new SearchBudget(new AbortController().signal, () => now);
  now = 1e9;
  budget.begin();
  expect(budget.left).toBe(searchLimits.records);
  budget.spend(searchLimits.records - 1);
  now += searchLimits.seconds * 1000 - 1;
  budget.begin();
  expect(budget.left).toBe(1);
  now += 1;
  expect(budget.left).toBe(0);
  expect(() => budget.begin()).toThrow(expect.objectContaining({ code: 'COST_EXCEEDED' }));
  const spent = new SearchBudget(new AbortController().signal, () => 0);
  spent.spend(searchLimits.records + 5);
  expect(spent.left).toBe(0);
});
