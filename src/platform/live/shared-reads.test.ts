import { expect, it } from 'vitest';
import { SharedReads } from './shared-reads.js';

function reads() {
  let now = 0;
  const shared = new SharedReads<number>(() => now);
  const ends: ((page: number) => void)[] = [];
  let made = 0;
  const make = () => {
    made += 1;
    return new Promise<number>((resolve) => ends.push(resolve));
  };
  return {
    shared,
    make,
    ends,
    made: () => made,
    pass(ms: number) {
      now += ms;
    },
  };
}

it('reads once for all who ask the same within a second', async () => {
  const { shared, make, ends, made, pass } = reads();
  const pages = Array.from({ length: 5_000 }, () => shared.read('a', make));
  ends[0]?.(7);
  expect(new Set(await Promise.all(pages))).toEqual(new Set([7]));
  pass(999);
  await shared.read('a', make);
  expect(made()).toBe(1);
  pass(1);
  void shared.read('a', make);
  expect(made()).toBe(2);
});

it('reads apart what differs', () => {
  const { shared, make, made } = reads();
  void shared.read('a', make);
  void shared.read('b', make);
  expect(made()).toBe(2);
});

it('makes four reads at once, and the others in the order in which they came', async () => {
  const { shared, make, ends, made } = reads();
  const pages = Array.from({ length: 6 }, (_, number) => shared.read(String(number), make));
  expect(made()).toBe(4);
  ends[1]?.(1);
  await pages[1];
  await Promise.resolve();
  expect(made()).toBe(5);
});

it('asks again after a failure, and a failure holds no place', async () => {
  const { shared, make, ends, made } = reads();
  const fail = () => Promise.reject(new Error('down'));
  for (let times = 0; times < 10; times += 1) await expect(shared.read('a', fail)).rejects.toThrow('down');
  const page = shared.read('a', make);
  expect(made()).toBe(1);
  ends[0]?.(1);
  expect(await page).toBe(1);
});
