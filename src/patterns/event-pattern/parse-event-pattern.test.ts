import { describe, expect, it } from 'vitest';
import { EventPatternError } from './event-pattern.js';
import { parseEventPattern } from './parse-event-pattern.js';

function faultOf(input: unknown): EventPatternError {
  try {
    parseEventPattern(input);
  } catch (error) {
    if (error instanceof EventPatternError) return error;
    throw error;
  }
  throw new Error('the pattern was taken');
}

/** aws/event-ruler, JsonRuleCompilerTest: lists that its compiler takes; the last three by its README. */
it.each([
  '[1]',
  '["a", 1, null, true, false, ""]',
  '[{"prefix": "child"}]',
  '[{"prefix": ""}]',
  '[{"prefix": {"equals-ignore-case": "child"}}]',
  '[{"suffix": "child"}]',
  '[{"suffix": ""}]',
  '[{"suffix": {"equals-ignore-case": "child"}}]',
  '[{"anything-but": "child"}]',
  '[{"anything-but": 111}]',
  '[{"anything-but": ["child0", "child1", "child2"]}]',
  '[{"anything-but": [111, 222, 333]}]',
  '[{"anything-but": {"prefix": "foo"}}]',
  '[{"anything-but": {"prefix": ["abc", "123"]}}]',
  '[{"anything-but": {"suffix": "foo"}}]',
  '[{"anything-but": {"suffix": ["abc", "123"]}}]',
  '[{"anything-but": {"equals-ignore-case": "rule"}}]',
  '[{"anything-but": {"equals-ignore-case": ""}}]',
  '[{"anything-but": {"equals-ignore-case": ["abc", ""]}}]',
  '[{"anything-but": {"wildcard": "foo*bar"}}]',
  '[{"anything-but": {"wildcard": ""}}]',
  '[{"anything-but": {"wildcard": ["foo*bar", ""]}}]',
  '[{"exactly": "child"}]',
  '[{"exists": true}]',
  '[{"exists": false}]',
  '[{"cidr": "10.0.0.0/8"}]',
  '[{"cidr": "2001:db8::/32"}]',
  '[{"equals-ignore-case": "abc"}]',
  '[{"wildcard": "a*b*c"}]',
  '[{"wildcard": "\\\\*\\\\\\\\*"}]',
  '[{"numeric": ["=", 3.8]}]',
  '[{"numeric": ["<", -4e-8]}]',
  '[{"numeric": [">", 0.00000033]}]',
  '[{"numeric": ["<=", 55555]}]',
  '[{"numeric": [">=", 5e9]}]',
  '[{"numeric": [">", 0, "<", 1]}]',
  '[{"numeric": [">=", 0, "<=", 1]}]',
  '["x", {"exists": false}, {"prefix": "y"}]',
  '[{"numeric": [">", -5e9]}]',
  '[123456789012]',
])('takes %s', (list) => {
  expect(parseEventPattern(`{"a": ${list}}`).alternatives).toHaveLength(1);
});

/**
 * What AWS refuses: aws/event-ruler, JsonRuleCompilerTest (bad patterns, numeric expressions) and CIDR; localstack's
 * templates recorded at AWS, whose names end with EXC. Where and why is told in words of our own.
 */
it.each([
  ['[1,2,3]', 0, '', /JSON object/],
  ['"a"', 0, '', /JSON object/],
  ['null', 0, '', /JSON object/],
  ['', 0, '', /ends where/],
  ['{', 1, '', /ends where a key|a key in double quotes/],
  ['{"a": [1}', 8, '', /"," or "\]"/],
  ['{"a": [1]} x', 11, '', /end of the text/],
  ["{'a': [1]}", 1, '', /key in double quotes/],
  ['{"a": [01]}', 8, '', /"," or "\]"/],
  ['{"a": [tru]}', 7, '', /a value/],
  ['{"a": ["x\ty"]}', 7, '', /control character/],
  ['{"a": ["x]}', 7, '', /no end/],
  ['{}', 0, '', /must not be empty/],
  ['{"a": 1}', 6, 'a', /list of values/],
  ['{"a": "x"}', 6, 'a', /list of values/],
  ['{"a": null}', 6, 'a', /list of values/],
  ['{"a": {}}', 6, 'a', /must not be empty/],
  ['{"a": {"b": {}}}', 12, 'a.b', /must not be empty/],
  ['{"a": []}', 6, 'a', /must not be empty/],
  ['{"a": [["x"]]}', 7, 'a[0]', /list cannot stand/],
  ['{"a": [{}]}', 7, 'a[0]', /operator is missing/],
  ['{"a": ["x", {"foo": "child"}]}', 12, 'a[1]', /"foo" is no operator/],
  ['{"a": [{"Prefix": "x"}]}', 7, 'a[0]', /"Prefix" is no operator/],
  ['{"a": [{"x": 2}]}', 7, 'a[0]', /no operator/],
  ['{"a": [{"exactly": 33}]}', 19, 'a[0].exactly', /must be a string/],
  ['{"a": [{"prefix": "child", "foo": []}]}', 27, 'a[0]', /one operator only/],
  ['{"a": [{"prefix": 3}]}', 18, 'a[0].prefix', /must be a string/],
  ['{"a": [{"prefix": ["x"]}]}', 18, 'a[0].prefix', /must be a string/],
  ['{"a": [{"prefix": [1, 2 3]}]}', 24, '', /"," or "\]"/],
  ['{"a": [{"prefix": {"invalid": ["abc"]}}]}', 30, 'a[0].prefix', /not "invalid"/],
  ['{"a": [{"prefix": {"equals-ignore-case": 5}}]}', 41, 'a[0].prefix.equals-ignore-case', /must be a string/],
  ['{"a": [{"prefix": {"equals-ignore-case": ["abc"]}}]}', 41, 'a[0].prefix.equals-ignore-case', /string/],
  ['{"a": [{"prefix": {"equals-ignore-case": "a", "b": "c"}}]}', 46, 'a[0].prefix', /one operator/],
  ['{"a": [{"prefix": {"equals-ignore-case": "a"}, "b": "c"}]}', 47, 'a[0]', /one operator/],
  ['{"a": [{"suffix": 3}]}', 18, 'a[0].suffix', /must be a string/],
  ['{"a": [{"suffix": ["x"]}]}', 18, 'a[0].suffix', /must be a string/],
  ['{"a": [{"suffix": {"prefix": "x"}}]}', 29, 'a[0].suffix', /not "prefix"/],
  ['{"a": [{"equals-ignore-case": 5}]}', 30, 'a[0].equals-ignore-case', /must be a string/],
  ['{"a": [{"equals-ignore-case": ["abc"]}]}', 30, 'a[0].equals-ignore-case', /must be a string/],
  ['{"a": [{"wildcard": 5}]}', 20, 'a[0].wildcard', /must be a string/],
  ['{"a": [{"wildcard": ["abc"]}]}', 20, 'a[0].wildcard', /must be a string/],
  ['{"a": [{"wildcard": "foo**bar"}]}', 20, 'a[0].wildcard', /Two asterisks/],
  ['{"a": [{"wildcard": "foo\\\\bar"}]}', 20, 'a[0].wildcard', /backslash/],
  ['{"a": [{"wildcard": "foo\\\\"}]}', 20, 'a[0].wildcard', /backslash/],
  ['{"a": [{"exists": "true"}]}', 18, 'a[0].exists', /true or false/],
  ['{"a": [{"exists": 1}]}', 18, 'a[0].exists', /true or false/],
  ['{"a": [{"exists": null}]}', 18, 'a[0].exists', /true or false/],
  ['{"a": [{"cidr": "foo"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": 5}]}', 16, 'a[0].cidr', /must be a string/],
  ['{"a": [{"cidr": "10.0.0.0"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0.0/8/8"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0.0/x"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0.0/-1"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0.256/8"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0/8"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "10.0.0.1/32"}]}', 16, 'a[0].cidr', /below 32/],
  ['{"a": [{"cidr": "2001:db8::1/128"}]}', 16, 'a[0].cidr', /below 128/],
  ['{"a": [{"cidr": "xxxx::/64"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"cidr": "1:2:3:4:5:6:7/64"}]}', 16, 'a[0].cidr', /address and the bits/],
  ['{"a": [{"anything-but": null}]}', 24, 'a[0].anything-but', /strings or numbers/],
  ['{"a": [{"anything-but": true}]}', 24, 'a[0].anything-but', /strings or numbers/],
  ['{"a": [{"anything-but": []}]}', 24, 'a[0].anything-but', /must not be empty/],
  ['{"a": [{"anything-but": ["x", null]}]}', 30, 'a[0].anything-but[1]', /strings or numbers/],
  ['{"a": [{"anything-but": ["child0", 111, "child2"]}]}', 35, 'a[0].anything-but[1]', /not both/],
  ['{"a": [{"anything-but": "child", "foo": []}]}', 33, 'a[0]', /one operator/],
  ['{"a": [{"anything-but": {"foo": 3}}]}', 32, 'a[0].anything-but', /not "foo"/],
  ['{"a": [{"anything-but": {"prefix": 27}}]}', 35, 'a[0].anything-but.prefix', /must be a string/],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', 35, 'a[0].anything-but.prefix', /not be empty/],
  ['{"a": [{"anything-but": {"prefix": ["1", ""]}}]}', 41, 'a[0].anything-but.prefix[1]', /not be empty/],
  ['{"a": [{"anything-but": {"prefix": [1, 2]}}]}', 36, 'a[0].anything-but.prefix[0]', /must be a string/],
  ['{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}', 35, 'a[0].anything-but.prefix', /string/],
  ['{"a": [{"anything-but": {"prefix": "foo", "a": 1}}]}', 42, 'a[0].anything-but', /one operator/],
  ['{"a": [{"anything-but": {"suffix": 27}}]}', 35, 'a[0].anything-but.suffix', /must be a string/],
  ['{"a": [{"anything-but": {"suffix": ""}}]}', 35, 'a[0].anything-but.suffix', /not be empty/],
  ['{"a": [{"anything-but": {"suffix": {"equals-ignore-case": "x"}}}]}', 35, 'a[0].anything-but.suffix', /string/],
  ['{"a": [{"anything-but": {"equals-ignore-case": 5}}]}', 47, 'a[0].anything-but.equals-ignore-case', /string/],
  ['{"a": [{"anything-but": {"wildcard": 27}}]}', 37, 'a[0].anything-but.wildcard', /must be a string/],
  ['{"a": [{"anything-but": {"wildcard": "foo**bar"}}]}', 37, 'a[0].anything-but.wildcard', /Two asterisks/],
  ['{"a": [{"numeric": "x"}]}', 19, 'a[0].numeric', /takes a list/],
  ['{"a": [{"numeric": []}]}', 19, 'a[0].numeric', /number must follow|begins with/],
  ['{"a": [{"numeric": ["=", true]}]}', 25, 'a[0].numeric', /number must follow/],
  ['{"a": [{"numeric": ["=", 2.0e22]}]}', 25, 'a[0].numeric', /-5e9 to 5e9/],
  ['{"a": [{"numeric": ["<", "-4e-8"]}]}', 25, 'a[0].numeric', /number must follow/],
  ['{"a": [{"numeric": [">="]}]}', 19, 'a[0].numeric', /number must follow/],
  ['{"a": [{"numeric": ["<>", 1]}]}', 20, 'a[0].numeric', /begins with/],
  ['{"a": [{"numeric": ["<", 1, ">", 0]}]}', 28, 'a[0].numeric', /one comparison, or a lower/],
  ['{"a": [{"numeric": ["=", 1, ">", 0]}]}', 28, 'a[0].numeric', /one comparison, or a lower/],
  ['{"a": [{"numeric": [">", 1, ">", 5]}]}', 28, 'a[0].numeric', /Behind a lower bound/],
  ['{"a": [{"numeric": [">", 1, "<", 1]}]}', 33, 'a[0].numeric', /less than/],
  ['{"a": [{"numeric": [">", 30, "<", 1]}]}', 34, 'a[0].numeric', /less than/],
  ['{"a": [{"numeric": [">", 1, "<"]}]}', 19, 'a[0].numeric', /number must follow/],
  ['{"a": [{"numeric": [">", 1, "<", 30, false]}]}', 37, 'a[0].numeric', /one comparison, or a lower/],
  ['{"a": [1e999]}', 7, 'a[0]', /too large/],
])('refuses %s at %i', (text, position, path, reason) => {
  const fault = faultOf(text);
  expect({ position: fault.position, path: fault.path }).toEqual({ position, path });
  expect(fault.reason).toMatch(reason);
  expect(fault.reason).toMatch(/^[^.]*\S.*[.]$/s);
});

/** README of aws/event-ruler, "The $or primitive", and its JsonRuleCompiler. */
describe('$or', () => {
  it.each([
    ['{"$or": [{"a": [1]}, {"b": [2]}]}', [['a'], ['b']]],
    [
      '{"s": [0], "$or": [{"a": [1]}, {"b": [2], "c": [3]}, {"d": [4]}]}',
      [
        ['a', 's'],
        ['b', 'c', 's'],
        ['d', 's'],
      ],
    ],
    [
      '{"$or": [{"a": [1]}, {"b": [2]}], "d": {"$or": [{"e": [1]}, {"f": [2]}]}}',
      [
        ['a', 'd.e'],
        ['b', 'd.e'],
        ['a', 'd.f'],
        ['b', 'd.f'],
      ],
    ],
    ['{"$or": [{"a": [1], "$or": [{"x": [1]}, {"y": [1]}]}, {"b": [2]}]}', [['a', 'x'], ['a', 'y'], ['b']]],
    ['{"$or": {"a": [1]}}', [['$or.a']]],
    ['{"$or": ["x", "y"]}', [['$or']]],
    ['{"$or": [{"prefix": "x"}, {"suffix": "y"}]}', [['$or']]],
    ['{"$or": [{"exists": true}]}', [['$or']]],
  ])('reads %s as a choice or as a name', (text, paths) => {
    expect(parseEventPattern(text).alternatives.map((fields) => fields.map(({ path }) => path))).toEqual(paths);
  });

  it.each([
    ['{"$or": [{"a": [1]}]}', 9, '$or[0]', /no operator/],
    ['{"$or": [{"a": [1]}, "b"]}', 9, '$or[0]', /no operator/],
    ['{"$or": [{"numeric": 123}, {"prefix": "abc"}]}', 21, '$or[0].numeric', /takes a list/],
    ['{"$or": [{"a": [1]}, {}]}', 21, '$or[1]', /must not be empty/],
    ['{"$or": [{"a": [1]}, {"b": {"prefix": ["x"]}}]}', 28, '$or[1].b.prefix', /cannot name a field/],
    ['{"d": {"$or": [{"a": [1]}, {"b": 2}]}}', 33, 'd.$or[1].b', /list of values/],
  ])('refuses %s', (text, position, path, reason) => {
    const fault = faultOf(text);
    expect({ position: fault.position, path: fault.path }).toEqual({ position, path });
    expect(fault.reason).toMatch(reason);
  });

  const choice = (count: number, name: string) => Array.from({ length: count }, (_, at) => ({ [name]: [at] }));

  it('makes up to 1,000 combinations (user guide, "Comparison operators", $or)', () => {
    const pattern = { $or: choice(100, 'a'), d: { $or: choice(10, 'b') } };
    expect(parseEventPattern(pattern).alternatives).toHaveLength(1000);
    const fault = faultOf({ $or: choice(100, 'a'), d: { $or: choice(11, 'b') } });
    expect(fault.reason).toMatch(/more than 1,000 combinations/);
    expect(fault.path).toBe('d.$or');
  });

  it('refuses a pattern that multiplies to more conditions than it could be written with', () => {
    const fields = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`f${at}`, [1]]));
    expect(faultOf({ ...fields, $or: choice(400, 'a') }).reason).toMatch(/more than 50,000 conditions/);
  });
});

describe('the text', () => {
  it('is kept as it was written, and made of an object without spaces', () => {
    expect(parseEventPattern(' {"a": [1]}').text).toBe(' {"a": [1]}');
    expect(parseEventPattern({ a: [1] }).text).toBe('{"a":[1]}');
  });

  it('gives places in the compact text of an object', () => {
    expect(faultOf({ a: ['x', { prefix: 1 }] })).toMatchObject({ position: 20, path: 'a[1].prefix' });
  });

  it('counts the last list of a field that is written twice, also by a key with dots', () => {
    const { alternatives } = parseEventPattern('{"a": {"b": [1], "c": [1]}, "a.b": [2], "a": {"d": [3], "d": [4]}}');
    expect(alternatives[0]).toEqual([
      { path: 'a.b', tests: [{ op: 'equals', value: 2 }], orAbsent: false },
      { path: 'a.c', tests: [{ op: 'equals', value: 1 }], orAbsent: false },
      { path: 'a.d', tests: [{ op: 'equals', value: 4 }], orAbsent: false },
    ]);
  });

  it('takes names of members that objects have by birth', () => {
    const { alternatives } = parseEventPattern('{"__proto__": {"constructor": ["x"]}}');
    expect(alternatives[0]?.map(({ path }) => path)).toEqual(['__proto__.constructor']);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['a'] = cyclic;

  it.each([
    ['nothing', undefined],
    ['a function', () => 1],
    ['a cycle', cyclic],
    ['a bigint', { a: [1n] }],
  ])('refuses %s', (_, input) => {
    expect(faultOf(input)).toMatchObject({ position: 0, path: '' });
  });

  it.each([
    ['long', `{"a": ["${'x'.repeat(32_768)}"]}`, /longer than 32,768/],
    ['deep', `${'{"a":'.repeat(101)}["x"]${'}'.repeat(101)}`, /deeper than 100/],
    ['deep lists', '['.repeat(30_000), /deeper than 100/],
    ['deep in one key', `{"${'a.'.repeat(100)}a": ["x"]}`, /at most 100 keys deep/],
  ])('refuses one that is too %s', (_, text, reason) => {
    expect(faultOf(text).reason).toMatch(reason);
  });
});
