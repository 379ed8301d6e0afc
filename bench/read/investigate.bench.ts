import { everyAccount } from '../../src/access/scope.js';
import type { EventFilter } from '../../src/events/event.inputs.js';
import { createEventService } from '../../src/events/event.service.js';
import { createPartitions } from '../../src/events/partition.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { dayMs } from '../../src/lib/time.js';
import type { Database } from '../../src/platform/database/database.js';
import { type Benchmark, type Figure, median } from '../figures.js';
import { writeDataset } from '../ingest/dataset.js';
import { prepareProduct } from '../ingest/product.js';
import { benchmarkSpan, withBenchServer } from '../server.js';

const all = everyAccount('benchmarks read everything');
/** A week is ingested, and then copied twelve times, each a week further back: 91 days. */
const copies = 12;
const weekMs = 7 * dayMs;

export const investigateBenchmark: Benchmark = {
  name: 'investigate',
  description: 'one value over all accounts in 90 days, newest 100, at the median; 10,000,000 events at --scale 1',
  async *run({ scale, runs, note }) {
    const figures: Figure[] = [];
    await withBenchServer(async (server) => {
      note('writing the files of a week');
      const dataset = await writeDataset(server.folder('L'), 'L', (scale * 10) / (copies + 1));
      await server.withDatabase(async (database) => {
        note('ingesting');
        await (await prepareProduct(database, dataset))();
        for (let copy = 1; copy <= copies; copy++) {
          note(`copying the week, ${copy} of ${copies}`);
          await copyWeek(database, copy);
        }
        note('vacuum analyze');
        await database.query('VACUUM ANALYZE');
        figures.push(await sizeFigure(database));
        for (const [name, filter] of await filters(database)) figures.push(await ask(database, name, filter, runs));
      });
    });
    yield* figures;
  },
};

/** The rows of the week once more, that many weeks before, as batches of their own. */
async function copyWeek(database: Database, weeks: number): Promise<void> {
  const days: number[] = [];
  for (let day = benchmarkSpan.from - weeks * weekMs - dayMs; day <= benchmarkSpan.to - weeks * weekMs; day += dayMs) {
    days.push(day);
  }
  await createPartitions(database, () => benchmarkSpan.to).ensure(days);
  const back = `interval '${weeks * 7} days'`;
  const idOffset = weeks * 1_000_000;
  const from = new Date(benchmarkSpan.from - dayMs);
  const [columns] = await database.query<{ names: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS names FROM pg_attribute
     WHERE attrelid = 'event'::regclass AND attnum > 0 AND NOT attisdropped
       AND attname NOT IN ('event_time', 'batch_id', 'event_id')`,
  );
  await database.transaction(async (transaction) => {
    await transaction.query(
      `INSERT INTO batch (id, position, min_event_time, max_event_time, events)
       SELECT id + $1, position + $1, min_event_time - ${back}, max_event_time - ${back}, events
       FROM batch WHERE id < 1000000`,
      [idOffset],
    );
    await transaction.query('UPDATE batch_position SET position = (SELECT max(position) FROM batch)');
    await transaction.query(
      `INSERT INTO event (event_time, batch_id, event_id, ${columns?.names})
       SELECT event_time - ${back}, batch_id + $1, gen_random_uuid(), ${columns?.names}
       FROM event WHERE event_time >= $2 AND batch_id < 1000000`,
      [idOffset, from],
    );
    await transaction.query(
      `INSERT INTO record_chunk (event_time, batch_id, chunk, account_id, min_time, max_time, terms, data)
       SELECT event_time - ${back}, batch_id + $1, chunk, account_id, min_time - ${back}, max_time - ${back}, terms, data
       FROM record_chunk WHERE event_time >= $2 AND batch_id < 1000000`,
      [idOffset, from],
    );
  });
}

async function sizeFigure(database: Database): Promise<Figure> {
  const [row] = await database.query<{ events: string; days: string }>(
    'SELECT count(*) AS events, count(DISTINCT event_time::date) AS days FROM event',
  );
  return { name: 'events', value: `${Number(row?.events).toLocaleString('en')} over ${row?.days} days` };
}

/** Of each kind a value that most events have and one that hardly any has. */
async function filters(database: Database): Promise<[string, EventFilter][]> {
  const eventTime = { from: new Date(benchmarkSpan.to - 90 * dayMs), to: new Date(benchmarkSpan.to) };
  const kinds: [string, string, (value: string) => EventFilter][] = [
    ['principal', 'principal_arn', (value) => ({ principalArns: [value] })],
    ['access key', 'access_key_id', (value) => ({ accessKeyIds: [value] })],
    ['address', 'host(source_ip)', (value) => ({ sourceIPAddresses: [value] })],
    ['block of 24 bits', 'host(source_ip)', (value) => ({ sourceIPAddresses: [value.replace(/\d+$/, '0/24')] })],
    ['resource', 'resource_arns[1]', (value) => ({ resourceArns: [value] })],
    ['error', 'error_code', (value) => ({ errorCodes: [value] })],
    ['event name', 'event_name', (value) => ({ eventNames: [value] })],
  ];
  const found: [string, EventFilter][] = [];
  for (const [name, column, filter] of kinds) {
    const [row] = await database.query<{ common: string; rare: string }>(
      `WITH value AS (
         SELECT ${column} AS value, count(*) AS events FROM event
         WHERE ${column} IS NOT NULL AND event_time >= $1 GROUP BY 1
       )
       SELECT (SELECT value FROM value ORDER BY events DESC, value LIMIT 1) AS common,
         (SELECT value FROM value ORDER BY events, value LIMIT 1) AS rare`,
      [new Date(benchmarkSpan.from)],
    );
    if (!row) continue;
    found.push([`${name}, a rare one`, { eventTime, ...filter(row.rare) }]);
    found.push([`${name}, the commonest`, { eventTime, ...filter(row.common) }]);
  }
  found.push(['access key that was never used', { eventTime, accessKeyIds: ['AKIANEVERUSED'] }]);
  return found;
}

async function ask(database: Database, name: string, filter: EventFilter, runs: number): Promise<Figure> {
  const events = createEventService({ database, cursors: createCursorCodec(Buffer.alloc(32)) });
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < runs * 4; run++) {
    const started = performance.now();
    const page = await events.page(all, { orderBy: 'NEWEST_FIRST', filter });
    times.push(performance.now() - started);
    found = page.nodes.length;
  }
  return { name: `${name} (${found} found; goal 50 ms)`, value: `${median(times).toFixed(1)} ms` };
}
