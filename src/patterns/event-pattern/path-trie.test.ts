import { expect, it } from 'vitest';
import { PathNode } from './path-trie.js';

it('leads along keys with and without dots to one place', () => {
  const root = new PathNode();
  const place = root.descend('a.b.c');
  expect(root.route('a.b.c')).toBe(place);
  expect(root.route('a')?.route('b.c')).toBe(place);
  expect(root.route('a.b')?.route('c')).toBe(place);
  for (const key of ['b', 'a.c', 'a.b.c.d', 'a.', '.a', '', '.', '__proto__']) expect(root.route(key)).toBeNull();
});

it('remembers no more than 500 keys that lead nowhere, and no long ones', () => {
  const root = new PathNode();
  const place = root.descend('a');
  for (let at = 0; at < 2000; at++) expect(root.route(`stray-${at}`)).toBeNull();
  expect(root.knownKeys).toBe(500);
  expect(root.route('a')).toBe(place);
  const other = new PathNode();
  other.route('x'.repeat(1000));
  expect(other.knownKeys).toBe(0);
});
