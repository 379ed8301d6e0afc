import { describe, expect, it } from 'vitest';
import { EventMatcher } from './event-matcher.js';
import { parseEventPattern } from './parse-event-pattern.js';

function matcherOf(...patterns: readonly object[]): EventMatcher<number> {
  return new EventMatcher(patterns.map((pattern, rule) => ({ pattern: parseEventPattern(pattern), rule })));
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const fields = (count: number, list: readonly unknown[]) =>
  Object.fromEntries(times(count, (at) => [`f${String(at).padStart(2, '0')}`, list]));

/** What `isConsistent` promises. */
const maxSteps = (elements: number) => 10_000 + 16 * (elements + 1) + 200;

describe('rules that do not match', () => {
  const source = { source: ['aws.s3'] };

  it.each([
    ['exact values', (at: number) => [`name-${at}`]],
    ['prefixes', (at: number) => [{ prefix: `name-${at}/` }]],
    ['suffixes', (at: number) => [{ suffix: `/name-${at}` }]],
    ['texts in any case', (at: number) => [{ 'equals-ignore-case': `NAME-${at}` }]],
    ['beginnings in any case', (at: number) => [{ prefix: { 'equals-ignore-case': `NAME-${at}/` } }]],
    ['wildcards with one beginning', (at: number) => [{ wildcard: `name-*-${at}-*` }]],
    ['wildcards for anything that holds a text', (at: number) => [{ wildcard: `*<${at}>*` }]],
    ['ranges of numbers', (at: number) => [{ numeric: ['>', at * 10, '<', at * 10 + 9] }]],
    ['networks', (at: number) => [{ cidr: `10.${at >> 8}.${at & 255}.0/24` }]],
  ])('are not looked at: 2,000 of one source with other %s', (_, listOf) => {
    const matcher = matcherOf(...times(2000, (at) => ({ ...source, detail: { field: listOf(at) } })));
    const values = ['name-7', 'name-7/x', 'x/name-7', 'NAME-7', 'name-x-7-x', 'is <7>', 75, '10.0.7.9', 'else', -1];
    const matched = values.flatMap((field) => matcher.match({ source: 'aws.s3', detail: { field } }));
    expect(matched).toContain(7);
    expect(matcher.work.candidates).toBeLessThanOrEqual(matched.length + 1);
  });
});

it('looks only at rules of which two values are in the event where many rules share each value', () => {
  const matcher = matcherOf(
    ...times(2000, (at) => ({ source: ['x'], account: [`${at % 40}`], name: [`${at % 50}`, `n${at % 50}`] })),
  );
  for (const name of ['47', 'n47']) {
    const found = matcher.match({ source: 'x', account: '7', name });
    expect(found).toEqual([47, 247, 447, 647, 847, 1047, 1247, 1447, 1647, 1847]);
  }
  expect(matcher.work.candidates).toBe(20);
  expect(matcher.match({ source: 'x', account: '7', name: times(1000, (at) => `m${at}`) })).toEqual([]);
  expect(matcher.match({ source: 'x', account: '7', name: times(1000, (at) => `n${at}`) })).toHaveLength(50);
});

describe('hostile events', () => {
  it('cost no more than their elements when two fields never meet in one of 20,000', () => {
    const matcher = matcherOf({ a: { x: [1], y: [1] } });
    const a = times(20_000, (at) => (at % 2 === 0 ? { x: 1 } : { y: 1 }));
    expect(matcher.match({ a })).toEqual([]);
    expect(matcher.work.steps).toBeLessThan(20_000);
    expect(matcher.match({ a: [...a, { x: 1, y: 1 }] })).toEqual([0]);
  });

  it('cost no more than their elements where arrays of 100 lie in arrays of 100', () => {
    const matcher = matcherOf({ a: { n: [1], b: { x: [1], y: [1] }, c: { z: [1], u: [{ exists: false }] } } });
    const b = times(100, (at) => (at % 2 === 0 ? { x: 1 } : { y: 1 }));
    const a = times(100, () => ({ n: 1, b, c: [{ z: 1 }, { u: 1 }] }));
    expect(matcher.match({ a })).toEqual([]);
    expect(matcher.work.steps).toBeLessThan(maxSteps(100 * 103));
  });

  it('cannot make choices without end by keys with dots', () => {
    const matcher = matcherOf({ a: { b: { ...fields(30, [1]), z: [1] } } });
    const all = fields(30, [1]);
    const half = (odd: number) => Object.fromEntries(Object.entries(all).filter((_, at) => at % 2 === odd));
    const event = { a: { b: [{ ...half(0), z: 2 }, half(1)] }, 'a.b': [half(0), { ...half(1), z: 1 }] };
    expect(matcher.match(event)).toEqual([]);
    expect(matcher.work.steps).toBeLessThan(maxSteps(4));
  });

  it('cannot make choices without end where fields may be absent', () => {
    const matcher = matcherOf({ a: { ...fields(30, ['x', { exists: false }]), z: ['x'] } });
    const a = times(30, (at) => ({ [`f${String(at).padStart(2, '0')}`]: 'x', [at % 2 ? 'z' : 'y']: 'y' }));
    expect(matcher.match({ a: [...a, { z: 'x', f00: 'y' }] })).toEqual([]);
    expect(matcher.work.steps).toBeLessThan(maxSteps(31));
  });

  it('are read however deep they are nested', () => {
    const matcher = matcherOf({ a: { a: { a: ['x'] } }, b: ['x'] });
    const depth = 100_000;
    const lists = `{"b": "x", "a": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const objects = `{"b": "x", "a": ${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    const both = `{"b": "x", "a": ${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}}`;
    for (const text of [lists, objects, both]) expect(matcher.match(JSON.parse(text))).toEqual([]);
    expect(matcher.match({ a: { a: [[[{ a: 'x' }]]] }, b: 'x' })).toEqual([0]);
  });

  it('are read with more strange keys than are remembered', () => {
    const matcher = matcherOf({ a: { b: ['x'] } });
    for (let round = 0; round < 5; round++) {
      const strange = Object.fromEntries(times(1000, (at) => [`a.c${round}.${at}`, 'x']));
      expect(matcher.match({ ...strange, 'a.b': 'x' })).toEqual([0]);
      expect(matcher.match({ ...strange, 'a.bb': 'x', ['a'.repeat(1e6)]: 'x', ['.'.repeat(1e6)]: 'x' })).toEqual([]);
    }
  });
});
