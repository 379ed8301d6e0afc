import { operator } from '../../src/access/operator.js';
import { createAccounts } from '../../src/accounts/index.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { dayMs, minuteMs } from '../../src/lib/time.js';
import type { Database } from '../../src/platform/database/database.js';
import { DigestLedgerService } from '../../src/sources/digest-ledger.service.js';
import { LedgerService } from '../../src/sources/ledger.service.js';
import { S3Discovery } from '../../src/sources/s3-discovery.service.js';
import { SourceService } from '../../src/sources/source.service.js';
import type { Benchmark, Figure } from '../figures.js';
import { withBenchServer } from '../server.js';
import { silentLog } from '../silent-log.js';
import { SimulatedBucket } from './simulated-bucket.js';

/** https://aws.amazon.com/s3/pricing/: S3 Standard, us-east-1. */
const dollarsPerCall = 0.005 / 1000;
const accounts = 1000;
const regions = ['eu-west-1', 'us-east-1', 'us-west-2'];
const lookbackDays = 7;
const start = Date.UTC(2026, 10, 20, 12);

interface Pass {
  readonly calls: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

export const listingBenchmark: Benchmark = {
  name: 'listing',
  description: `what is new in a bucket of ${accounts} accounts in ${regions.length} regions, where nothing is`,
  async *run({ scale, note }) {
    const figures: Figure[] = [];
    await withBenchServer((server) =>
      server.withDatabase(async (database) => {
        const count = Math.max(1, Math.round(accounts * scale));
        const bucket = new SimulatedBucket({ accounts: count, regions, since: start - dayMs, quietFrom: start });
        figures.push(...(await measure(database, bucket, note)));
      }),
    );
    yield* figures;
  },
};

async function measure(database: Database, bucket: SimulatedBucket, note: (line: string) => void): Promise<Figure[]> {
  const pass = await connect(database, bucket);
  const first = await pass(0);
  note(`first pass: ${describe(first)}`);
  // Statistics as they are in a database that has been running.
  await database.query('ANALYZE');
  for (let minute = 1; minute <= 2 * 60; minute += 1) await pass(minute);
  const hour: Pass[] = [];
  for (let minute = 121; minute <= 180; minute += 1) hour.push(await pass(minute));
  note('an hour in the steady state is done; a day follows');
  const busiest = hour.reduce((most, one) => (one.calls > most.calls ? one : most));
  let calls = 0;
  for (let minute = 181; minute <= 180 + dayMs / minuteMs; minute += 1) calls += (await pass(minute)).calls;
  const mean = hour.reduce((sum, one) => sum + one.calls, 0) / hour.length;
  const folders = bucket.accountIds.length * regions.length;
  return [
    { name: 'first pass', value: describe(first) },
    { name: 'busiest pass of an hour with nothing new', value: `${describe(busiest)}; goal < 10 s of one core` },
    {
      name: 'a pass on average',
      value: `${Math.round(mean).toLocaleString('en')} calls for ${folders} folders of today`,
    },
    {
      name: 'a day',
      value: `${calls.toLocaleString('en')} calls, $${(calls * dollarsPerCall).toFixed(2)}`,
      against: {
        name: 'one call a minute for each folder of today',
        value: `$${(((folders * dayMs) / minuteMs) * dollarsPerCall).toFixed(2)}`,
        ratio: calls / ((folders * dayMs) / minuteMs),
      },
    },
  ];
}

function describe({ calls, cpuSeconds, seconds }: Pass): string {
  return `${calls.toLocaleString('en')} calls, ${cpuSeconds.toFixed(2)} s of CPU in Node, ${seconds.toFixed(2)} s in all`;
}

/** @returns what makes the pass of a minute after the start, by its own clock */
async function connect(database: Database, bucket: SimulatedBucket): Promise<(minute: number) => Promise<Pass>> {
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const audit = { record: async () => undefined };
  const onDue = async () => undefined;
  const sources = new SourceService({
    ...{ database, audit, cursors, onChange: onDue },
    ...createAccounts({ database, audit, cursors }),
    aws: { endpointUrl: null, regionFor: () => 'us-east-1' },
  });
  const caller = operator();
  const { id } = await sources.create(caller, {
    type: 'S3_LISTING',
    bucket: 'org-trail',
    accountIds: [...bucket.accountIds],
  });
  const discovery = new S3Discovery({
    ...{ database, sources, lookbackDays, log: silentLog },
    ledger: new LedgerService({ database, onDue }),
    digests: new DigestLedgerService({ database, onDue }),
    stores: { open: () => bucket },
  });
  const { signal } = new AbortController();
  return async (minute) => {
    const source = await sources.find(caller.accounts, id);
    if (source === null) throw new Error('the source is gone');
    const [callsBefore, cpuBefore, before] = [bucket.calls, process.cpuUsage(), performance.now()];
    await discovery.pass(source, new Date(start + minute * minuteMs), signal);
    const { user, system } = process.cpuUsage(cpuBefore);
    const seconds = (performance.now() - before) / 1000;
    return { calls: bucket.calls - callsBefore, cpuSeconds: (user + system) / 1e6, seconds };
  };
}
