import { expect, it } from 'vitest';
import { lastMade } from './last-made.js';

it('makes something once of an object for as long as it is the last that was asked for', () => {
  let made = 0;
  const of = lastMade((from: { readonly name: string }) => ({ name: from.name, number: ++made }));
  const [one, twin] = [{ name: 'one' }, { name: 'one' }];
  const first = of(one);
  expect(of(one)).toBe(first);
  expect(of(twin)).toEqual({ name: 'one', number: 2 });
  expect(of(one)).toEqual({ name: 'one', number: 3 });
});

it('keeps nothing of what could not be made', () => {
  let tries = 0;
  const of = lastMade((from: object) => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return from;
  });
  const one = {};
  expect(() => of(one)).toThrow('not yet');
  expect(of(one)).toBe(one);
});
