import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.js';

// Truth: RFC 8259, counted by hand; JSON.parse says whether it is JSON at all.
it.each<[string, number | null]>([
  ['{"a":[1,-0.5e+3,true,false,null,"\\u00e9\\n \u007f\ud83d\ude00"],"b":{}}', null],
  [' [ ] ', null],
  ['0', null],
  ['""', null],
  ['', 0],
  ['  ', 2],
  ['{"a": }', 6],
  ['{"a" 1}', 5],
  ['{a:1}', 1],
  ['{1:1}', 1],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ['[,1]', 1],
  ['[1}', 2],
  ['{"a":1]', 6],
  ['{"a":1', 6],
  ['[1 2]', 3],
  ['1 2', 2],
  ['01', 1],
  ['"a\nb"', 2],
  ['"\\x"', 1],
  ['tru', 0],
  ['{"a', 3],
  ['{"a": "b', 8],
  [']', 0],
  [',', 0],
  ['{"a":{"b":[{"c":}]}}', 16],
])('%j stops being JSON at %s', (text, position) => {
  expect(jsonFault(text)).toBe(position);
  const isJson = expect(() => JSON.parse(text));
  if (position === null) isJson.not.toThrow();
  else isJson.toThrow(SyntaxError);
});

it('follows 100,000 brackets', () => {
  expect(jsonFault('['.repeat(100_000))).toBe(100_000);
});
