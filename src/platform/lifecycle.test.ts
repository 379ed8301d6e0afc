import { expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.js';

it('stops what was opened last first', async () => {
  const lifecycle = new Lifecycle();
  const order: string[] = [];
  for (const name of ['database', 'queue', 'server']) {
    lifecycle.add(name, async () => {
      await Promise.resolve();
      order.push(name);
    });
  }
  await lifecycle.stop();
  expect(order).toEqual(['server', 'queue', 'database']);
});

it('stops the rest when one part fails, and then names the one that failed', async () => {
  const lifecycle = new Lifecycle();
  const order: string[] = [];
  lifecycle.add('database', () => {
    order.push('database');
  });
  lifecycle.add('queue', () => Promise.reject(new Error('no connection')));
  await expect(lifecycle.stop()).rejects.toThrow('queue did not stop cleanly');
  expect(order).toEqual(['database']);
});

it('stops once, however often it is told to', async () => {
  const lifecycle = new Lifecycle();
  let stops = 0;
  lifecycle.add('database', () => {
    stops += 1;
  });
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  await lifecycle.stop();
  expect(stops).toBe(1);
});

it('refuses to open anything more while stopping', async () => {
  const lifecycle = new Lifecycle();
  await lifecycle.stop();
  expect(() => lifecycle.add('server', () => undefined)).toThrow('server was opened while');
});
