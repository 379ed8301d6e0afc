import { describe, expect, it } from 'vitest';
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

// Truth: own rules, so that nobody who catches up keeps others from hearing what happens now.
describe('reads of those who catch up', () => {
  it('are two at once at most, however many places are free', () => {
    const { shared, make, made } = reads();
    for (let number = 0; number < 10; number += 1) void shared.read(String(number), make, 'later');
    expect(made()).toBe(2);
    for (const key of ['a', 'b', 'c']) void shared.read(key, make);
    expect(made()).toBe(4);
  });

  it('come after all that go first, but for one place', async () => {
    const { shared, ends } = reads();
    const order: string[] = [];
    const read = (key: string, turn?: 'later') =>
      shared.read(
        key,
        () => {
          order.push(key);
          return new Promise((resolve) => ends.push(resolve));
        },
        turn,
      );
    for (const key of ['old 1', 'old 2', 'old 3', 'old 4']) void read(key, 'later');
    for (const key of ['new 1', 'new 2', 'new 3', 'new 4']) void read(key);
    for (let at = 0; at < 8; at += 1) {
      ends[at]?.(at);
      await new Promise(setImmediate);
    }
    expect(order).toEqual(['old 1', 'old 2', 'new 1', 'new 2', 'new 3', 'old 3', 'new 4', 'old 4']);
  });

  it('are not those that others wait for who stand at the same place and go first', () => {
    const { shared, make, made } = reads();
    for (const key of ['old 1', 'old 2', 'here']) void shared.read(key, make, 'later');
    expect(made()).toBe(2);
    void shared.read('here', make);
    expect(made()).toBe(3);
  });
});
