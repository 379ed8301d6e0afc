import { everyAccount, scopeOfGrant } from '../../src/access/scope.js';
import { compactCounts } from '../../src/events/count-compaction.service.js';
import { createEventService } from '../../src/events/event.service.js';
import { createEventFeedService } from '../../src/events/event-feed.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import type { Database } from '../../src/platform/database/database.js';
import { type Benchmark, type Figure, median, rate } from '../figures.js';
import { writeDataset } from '../ingest/dataset.js';
import { prepareProduct } from '../ingest/product.js';
import { benchmarkSpan, withBenchServer } from '../server.js';
import { postgraphileFigures } from './postgraphile-figures.js';

const all = everyAccount('benchmarks read everything');
const eventTime = { from: new Date(benchmarkSpan.from), to: new Date(benchmarkSpan.to) };
const orderBy = 'NEWEST_FIRST' as const;

export const readBenchmark: Benchmark = {
  name: 'read',
  description: 'questions to a store of 1,000,000 events over 7 days and 20 accounts, at the median',
  async *run({ scale, runs, note }) {
    const figures: Figure[] = [];
    await withBenchServer(async (server) => {
      note('writing the files of shape L');
      const dataset = await writeDataset(server.folder('L'), 'L', scale);
      await server.withDatabase(async (database, url) => {
        note('ingesting');
        await (await prepareProduct(database, dataset))();
        while ((await compactCounts(database, Date.now())) > 0);
        await database.query('VACUUM ANALYZE');
        for (const [name, ask] of await questions(database)) {
          figures.push({ name, value: `${(await milliseconds(ask, runs * 4)).toFixed(1)} ms` });
        }
        note('searching every record');
        for (let run = 0; run < runs; run++) figures.push(await searchFigure(database, dataset.records));
        figures.push(...(await postgraphileFigures(database, url, { runs, note })));
      });
    });
    yield* figures;
  },
};

async function questions(database: Database): Promise<[string, () => Promise<unknown>][]> {
  const cursors = createCursorCodec(Buffer.alloc(32));
  const events = createEventService({ database, cursors });
  const feed = createEventFeedService({ database, cursors });
  const [busy] = await database.query<{ account: string }>(
    'SELECT account_id AS account FROM event GROUP BY 1 ORDER BY count(*) DESC LIMIT 1',
  );
  const [some] = await database.query<{ id: string; key: string }>(
    'SELECT event_id AS id, access_key_id AS key FROM event WHERE access_key_id IS NOT NULL LIMIT 1',
  );
  const narrow = scopeOfGrant([busy?.account ?? '']);
  const eventID = some?.id ?? '';
  const { endCursor } = await feed.read(all, { first: 1000 });
  return [
    ['newest 100 of all accounts', () => events.page(all, { orderBy })],
    [
      'newest 100 of an account by name in 7 days (goal 10 ms)',
      () => events.page(narrow, { orderBy, filter: { eventTime, eventNames: ['AssumeRole'] } }),
    ],
    ['by eventID (goal 10 ms)', () => events.find(all, { eventID })],
    ['top 20 names (goal 10 ms)', () => events.counts(all, { groupBy: ['EVENT_NAME'], top: 20 })],
    [
      'hourly histogram (goal 10 ms)',
      () => events.counts(all, { groupBy: [], interval: 'HOUR', filter: { eventTime } }),
    ],
    ['next 1,000 of the feed', () => feed.read(all, { first: 1000, after: endCursor })],
    [
      'one access key over all accounts in 7 days, without an index for it',
      () => events.page(all, { orderBy, filter: { eventTime, accessKeyIds: [some?.key ?? ''] } }),
    ],
  ];
}

/** A text that is in no record, searched for in all of them, as many requests as it takes. */
async function searchFigure(database: Database, records: number): Promise<Figure> {
  const events = createEventService({ database, cursors: createCursorCodec(Buffer.alloc(32)) });
  const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
  let requests = 0;
  for (let after: string | null = null; requests === 0 || after !== null; requests++) {
    const { pageInfo } = await events.page(all, { orderBy, after, filter: { search: 'in-no-record' } });
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  }
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const ofCpu = rate(records, (cpu.user + cpu.system) / 1e6);
  return {
    name: `search of every record, ${requests} requests`,
    value: `${rate(records, seconds)}; ${ofCpu} of this process's own time (goal 300,000)`,
  };
}

async function milliseconds(ask: () => Promise<unknown>, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  return median(times);
}
