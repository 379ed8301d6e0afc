import { describe, expect, it, vi } from 'vitest';
import { FilterMatcher } from './filter-matcher.js';
import { LogMessage } from './log-message.js';
import { parseFilterPattern } from './parse-filter-pattern.js';

function matcherOf(patterns: readonly string[]): FilterMatcher<string> {
  return new FilterMatcher(patterns.map((pattern) => ({ pattern: parseFilterPattern(pattern), value: pattern })));
}

describe('work', () => {
  const record = {
    eventName: 'CreateUser7',
    eventSource: 'iam.amazonaws.com',
    userIdentity: { type: 'IAMUser' },
    errorCode: 'AccessDenied',
  };
  const message = LogMessage.ofRecord(Buffer.from(JSON.stringify(record)), record);
  // Own reckoning: filters of these forms are found by the value that only a few of them share.
  const forms: readonly ((index: number) => string)[] = [
    (index) => `{ $.eventSource = iam.amazonaws.com && $.eventName = CreateUser${index} }`,
    (index) => `{ $.eventName = "Create${index}*" || $.eventName = "*X${index}" }`,
    (index) => `{ $.userIdentity.type != Root && ($.errorCode = E${index} || $.errorMessage = "*E${index}*") }`,
    (index) => `"AccessDenied" Term${index}`,
    (index) => `%Regex${index}[0-9]+% -AccessDenied`,
    (index) => `[a = Word${index}, ...]`,
    (index) => `{ $.missing${index} != x && $.userIdentity.type = * }`,
  ];

  it.each(forms.map((form) => [form(0), form] as const))('of filters like %s does not grow with them', (_, form) => {
    const matcher = matcherOf(Array.from({ length: 1_000 }, (__, index) => form(index)));
    matcher.match(message);
    expect(matcher.work.candidates).toBeLessThanOrEqual(2);
    expect(matcher.work.checks).toBeLessThanOrEqual(4);
  });

  it('asks once what many filters ask', () => {
    const matcher = matcherOf(
      Array.from({ length: 500 }, (_, index) => `{ $.eventName != x && $.a${index} NOT EXISTS }`),
    );
    expect(matcher.match(message)).toHaveLength(500);
    expect(matcher.work.checks).toBeLessThanOrEqual(501);
  });
});

describe('hostile messages', () => {
  // Own reckoning; none of them takes long, which a test that hung would show.
  const size = 200_000;
  const patterns = [
    '{ $.a[*] = x }',
    '{ $.* != "y*z*y" }',
    `${'a'.repeat(500)}b`,
    '%a*a*a*a*a*b%',
    '[a, ..., b]',
    '[..., w = "x"]',
    'aa aaa aaaa aaaaa',
  ];

  it.each([
    ['letters', 'a'.repeat(size)],
    ['quotes', '" '.repeat(size)],
    ['quotes that do not close', `${'["'.repeat(size)}`],
    ['brackets', '[ '.repeat(size)],
    ['blanks', ' '.repeat(size)],
    ['nested arrays', '['.repeat(size)],
    ['nested arrays that close', `${'['.repeat(size)}${']'.repeat(size)}`],
    ['an array of many', JSON.stringify({ a: Array.from({ length: size }, () => 'y') })],
    ['half a surrogate', '\ud800'.repeat(size)],
  ])('of %s are gone through', (_name, text) => {
    const matcher = matcherOf(patterns);
    expect(() => matcher.match(LogMessage.ofText(text))).not.toThrow();
    expect(matcher.match(LogMessage.ofText('x'))).toEqual(['[..., w = "x"]']);
  });

  it('of brackets are searched once for what would close them', () => {
    const matcher = matcherOf(['[..., w = x]']);
    const message = LogMessage.ofText('[ '.repeat(1_000));
    const search = vi.spyOn(String.prototype, 'indexOf');
    matcher.match(message);
    const forMarks = search.mock.calls.filter(([mark]) => mark === ']');
    search.mockRestore();
    expect(forMarks.length).toBeLessThanOrEqual(1);
  });
});
