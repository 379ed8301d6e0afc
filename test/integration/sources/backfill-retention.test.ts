import { expect, it } from 'vitest';
import { ago, BackfillBench } from '../../support/backfills.js';
import { A, admin, B } from '../../support/collection.js';

const bench = new BackfillBench();

it('a backfill of days that none of its accounts keeps is refused, of days that one of them keeps it is not', async () => {
  await bench.connect();
  const keep = (accountId: string, retentionDays: number) =>
    bench.collection.accounts.update(admin, { accountId, retentionDays });
  await keep(A, 5);
  await keep(B, 9);
  await expect(bench.start()).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    details: { argument: 'input.from' },
    message: expect.stringMatching(/up to 2026-11-10 nothing is kept: .* since 2026-11-11 /),
  });
  expect(await bench.collection.database.query('SELECT FROM backfill')).toEqual([]);
  // Nothing is cut off of one that reaches into what is kept.
  expect(await bench.start({ to: ago(8) })).toMatchObject({ from: new Date('2026-10-31T00:00:00Z') });
  await keep(B, 10);
  await expect(bench.start()).resolves.toMatchObject({ state: 'RUNNING' });
  await expect(bench.start({ accountIds: [A] })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});
