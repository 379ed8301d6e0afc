import { expect, it } from 'vitest';
import { parseEventPattern } from './parse-event-pattern.js';
import { requiredValues } from './pattern-values.js';

/** From the meaning of patterns: what an event that matches cannot do without. */
it.each([
  [{ a: ['x', 'y'] }, { a: ['x', 'y'] }],
  [{ a: { b: ['x', { exactly: 'y' }] } }, { 'a.b': ['x', 'y'] }],
  [{ a: ['x', 'x'] }, { a: ['x'] }],
  [{ a: ['x'], b: [{ prefix: 'y' }], c: [1] }, { a: ['x'] }],
  [{ a: ['x', 1] }, {}],
  [{ a: ['x', null] }, {}],
  [{ a: ['x', { exists: false }] }, {}],
  [{ a: [{ exists: true }] }, {}],
  [{ a: [{ exists: false }] }, {}],
  [{ a: ['x', { 'equals-ignore-case': 'y' }] }, {}],
  [{ $or: [{ a: ['x'] }, { a: ['y'] }] }, { a: ['x', 'y'] }],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, {}],
  [{ $or: [{ a: ['x'] }, { a: [{ suffix: 'y' }] }] }, {}],
  [{ s: ['q'], $or: [{ a: ['x'] }, { b: ['y'] }] }, { s: ['q'] }],
  [
    { s: ['q'], $or: [{ a: ['x'] }, { b: ['y'], a: ['z'] }] },
    { a: ['x', 'z'], s: ['q'] },
  ],
  [{ s: ['q'], $or: [{ s: ['r'] }, { b: ['y'] }] }, { s: ['r', 'q'] }],
])('of %j are %j', (pattern, expected) => {
  expect(Object.fromEntries(requiredValues(parseEventPattern(pattern)))).toEqual(expected);
});
