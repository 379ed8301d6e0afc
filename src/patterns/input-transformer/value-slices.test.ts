import { expect, it } from 'vitest';
import { parseJsonPath } from './json-path.js';
import { valueSlices } from './value-slices.js';

const slicesOf = (text: string, ...paths: string[]) =>
  valueSlices(
    text,
    paths.map((path) => parseJsonPath('path', path)),
  );

// Truth: JSON.parse and the steps taken by hand.
it.each([
  [
    'several paths at once, one within another',
    '{"a":{"b":[1,2]},"c":"x"}',
    ['$.a', '$.a.b[1]', '$.c'],
    ['{"b":[1,2]}', '2', '"x"'],
  ],
  ['the same path twice', '{"a":1}', ['$.a', '$.a'], ['1', '1']],
  [
    'white space around everything',
    ' { "a" :\n[ 1 ,\t{ "b" : "c" } ] } ',
    ['$.a[1].b', '$'],
    ['"c"', '{ "a" :\n[ 1 ,\t{ "b" : "c" } ] }'],
  ],
  ['brackets and quotes within strings', '{"x":"}]\\"{","a":"\\\\","b":1}', ['$.a', '$.b'], ['"\\\\"', '1']],
  ['empty objects and lists', '{"a":{},"b":[],"c":1}', ['$.a.x', '$.b[0]', '$.c'], [null, null, '1']],
  ['wildcards within wildcards', '{"a":[[1,2],[3]]}', ['$.a[*][*]', '$.*'], ['[1,2,3]', '[[[1,2],[3]]]']],
  ['a bare value', '17', ['$', '$.a'], ['17', null]],
  ['a member called __proto__', '{"__proto__":{"a":1}}', ['$.__proto__.a', '$.a'], ['1', null]],
])('%s', (_, text, paths, expected) => {
  expect(slicesOf(text, ...paths)).toEqual(expected);
});

it('goes no deeper than its path through a value of 200,000 levels', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect(slicesOf(`{"a":${deep},"b":2}`, '$.a[0]', '$.b')).toEqual([deep.slice(1, -1), '2']);
});

it.each(['', '{', '{"a', '{"a"', '{"a":', '{"a":"', '[', '[1,', '{"a":1,', '}', '"\\'])(
  'ends with %j, which is no JSON',
  (text) => {
    expect(slicesOf(text, '$.a.b', '$.b')).toEqual([null, null]);
  },
);
