import { describe, expect, it } from 'vitest';
import { EventMatcher, matchesEventPattern } from './event-matcher.js';
import { parseEventPattern } from './parse-event-pattern.js';

function matches(pattern: string, event: string): boolean {
  return matchesEventPattern(parseEventPattern(pattern), JSON.parse(event));
}

/** User guide, "Event patterns" (all fields, any value); README; localstack: complex_*, dot_joining_*, key_case, exists. */
describe('a pattern of several fields', () => {
  it.each([
    ['{"a": ["x"], "b": ["y"]}', '{"a": "x", "b": "y", "c": "z"}', true],
    ['{"a": ["x"], "b": ["y"]}', '{"a": "x"}', false],
    ['{"A": ["x"]}', '{"a": "x"}', false],
    ['{"a": [{"anything-but": "x"}]}', '{"b": "y"}', false],
    ['{"a": [{"anything-but": {"prefix": "x"}}]}', '{}', false],
    ['{"a": [{"exists": false}]}', '{}', true],
    ['{"a": [{"exists": false}], "b": ["x"]}', '{"b": "x"}', true],
    ['{"a": ["x", {"exists": false}], "b": ["x"]}', '{"b": "x"}', true],
    ['{"a": {"b": ["x"]}}', '{"a": {"b": "x"}}', true],
    ['{"a": {"b": ["x"]}}', '{"a.b": "x"}', true],
    ['{"a.b": ["x"]}', '{"a": {"b": "x"}}', true],
    ['{"a": {"b.c": ["x"]}}', '{"a.b": {"c": "x"}}', true],
    ['{"a": {"b": ["x"]}}', '{"a": {"b": "y"}, "a.b": "x"}', true],
    ['{"a": {"b": [{"exists": false}]}}', '{"a.b": "x"}', false],
    ['{"a": {"b": ["x"]}}', '{"a": "x"}', false],
    ['{"": ["x"]}', '{"": "x"}', true],
    ['{"a.": ["x"]}', '{"a": {"": "x"}}', true],
    ['{"__proto__": ["x"]}', '{"__proto__": "x"}', true],
    ['{"__proto__": [{"exists": false}]}', '{}', true],
    ['{"constructor": {"name": [{"exists": true}]}}', '{}', false],
    ['{"toString": [{"exists": true}]}', '{}', false],
    ['{"a": {"length": [{"exists": true}]}}', '{"a": ["x"]}', false],
    ['{"$or": [{"a": ["x"]}, {"b": ["x"]}], "c": ["z"]}', '{"b": "x", "c": "z"}', true],
    ['{"$or": [{"a": ["x"]}, {"b": ["x"]}], "c": ["z"]}', '{"b": "x", "c": "y"}', false],
    ['{"$or": [{"a": ["x"]}, {"b": ["x"]}]}', '{"a": "y", "b": "y"}', false],
    ['{"d": {"$or": [{"a": ["x"], "b": ["y"]}, {"c": [1]}]}}', '{"d": {"a": "x", "c": 1}}', true],
    ['{"d": {"$or": [{"a": ["x"], "b": ["y"]}, {"c": [1]}]}}', '{"d": {"a": "x", "c": 2}}', false],
    ['{"$or": ["x", "y"]}', '{"$or": "y"}', true],
  ])('%s and %s: %s', (pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });
});

/**
 * README of aws/event-ruler, "Matching and Arrays"; its Event, ArrayMembership, ACFinder and NameState for `exists`:
 * absence is judged with the values taken for fields before it in the order of paths.
 */
describe('fields within arrays', () => {
  const people = '{"list": [{"first": "A", "last": "X"}, {"first": "B", "last": "Y"}]}';
  const nested =
    '{"o": [{"n": 1, "i": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]}, {"n": 2, "i": [{"k": "a", "v": 3}]}]}';

  it.each([
    ['{"list": {"first": ["A"], "last": ["X"]}}', people, true],
    ['{"list": {"first": ["A"], "last": ["Y"]}}', people, false],
    ['{"list": {"first": ["A", "B"], "last": ["Y"]}}', people, true],
    ['{"list": {"first": ["A"]}}', people, true],
    ['{"o": {"n": [1], "i": {"k": ["b"], "v": [2]}}}', nested, true],
    ['{"o": {"n": [2], "i": {"k": ["b"], "v": [2]}}}', nested, false],
    ['{"o": {"i": {"k": ["a"], "v": [2]}}}', nested, false],
    ['{"o": {"n": [2], "i": {"v": [3]}}}', nested, true],
    ['{"o": {"n": [1], "i": {"v": [3]}}}', nested, false],
    ['{"a": {"x": [1]}, "b": {"y": [2]}}', '{"a": [{"x": 0}, {"x": 1}], "b": [{"y": 2}]}', true],
    ['{"a": {"x": [1], "y": [2]}}', '{"a": [[{"x": 1}], [{"y": 2}]]}', false],
    ['{"a": {"x": [1], "y": [2]}}', '{"a": [[{"x": 1}, {"y": 2}], [{"x": 1, "y": 2}]]}', true],
    ['{"a": {"x": [1], "y": [2]}}', '{"a": [{"x": [1, 3]}, {"x": [3, 1], "y": [0, 2]}]}', true],
    ['{"a": [1], "a.x": [2]}', '{"a": [1, {"x": 2}]}', true],
    ['{"a": [1], "a.x": [2]}', '{"a": [[1], {"x": 2}]}', false],
    ['{"a": [1], "a.x": [2]}', '{"a": [[1, {"x": 2}]]}', true],
    ['{"a": {"x": [1], "y": [{"exists": false}]}}', '{"a": [{"x": 1}, {"x": 2, "y": 0}]}', true],
    ['{"a": {"x": [2], "y": [{"exists": false}]}}', '{"a": [{"x": 1}, {"x": 2, "y": 0}]}', false],
    // "b" comes before "x": nothing is taken yet, so the field is in the event.
    ['{"a": {"x": [1], "b": [{"exists": false}]}}', '{"a": [{"x": 1}, {"x": 2, "b": 0}]}', false],
    // The value of "a" may be the one in the second element, and what the third one holds is then of another.
    ['{"a": ["v"], "a.y": [{"exists": false}]}', '{"a": ["v", ["v"], {"y": 1}]}', true],
    ['{"a": ["v"], "a.y": [{"exists": false}]}', '{"a": ["v", {"y": 1}]}', false],
    ['{"a": {"x": [1], "y": ["q", {"exists": false}]}}', '{"a": [{"x": 1}, {"y": "z"}]}', true],
    ['{"a": {"x": [1], "y": ["q", {"exists": false}]}}', '{"a": [{"x": 1, "y": "z"}, {"y": "q"}]}', false],
    ['{"a": {"x": [1], "y": ["q", {"exists": false}]}}', '{"a": [{"x": 1, "y": "q"}, {"y": "z"}]}', true],
    ['{"a": {"b": [1], "c": [2]}}', '{"a": [{"b": 1}, {"b": 1}], "a.c": 2}', true],
    ['{"a": {"b": [1], "c": [2]}}', '{"a": [{"b": 1}, {"c": 2}], "a.c": [{"c": 2}]}', false],
  ])('%s and %s: %s', (pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });
});

describe('many rules', () => {
  const matcher = new EventMatcher([
    { pattern: parseEventPattern({ a: [{ exists: true }] }), rule: 'any' },
    { pattern: parseEventPattern({ $or: [{ a: ['x'] }, { b: ['x'] }] }), rule: 'either' },
    { pattern: parseEventPattern({ a: ['x'] }), rule: 'exact' },
    { pattern: parseEventPattern({ c: [{ exists: false }] }), rule: 'absent' },
    { pattern: parseEventPattern({ a: ['x'] }), rule: 'exact' },
  ]);

  it('come once each, in the order given', () => {
    expect(matcher.match({ a: 'x', b: 'x' })).toEqual(['any', 'either', 'exact', 'absent', 'exact']);
    expect(matcher.match({ b: 'x', c: 1 })).toEqual(['either']);
    expect(matcher.match({ c: 1 })).toEqual([]);
    expect(matcher.size).toBe(5);
  });

  it('are none where none are given', () => {
    expect(new EventMatcher([]).match({ a: 1 })).toEqual([]);
  });

  it('leave nothing behind, also when reading an event throws', () => {
    const event = {
      a: 'x',
      get b(): string {
        throw new Error('unreadable');
      },
    };
    const fresh = matcher.match({ c: 1, a: ['y'] });
    expect(() => matcher.match(event)).toThrow('unreadable');
    expect(matcher.match({ c: 1, a: ['y'] })).toEqual(fresh);
    expect(matcher.match({})).toEqual(['absent']);
  });
});
