import { parseMetricAlarm } from '../../src/alarms/alarm-settings.js';
import { AlarmStates } from '../../src/alarms/alarm-state.service.js';
import { alarmsChanged } from '../../src/alarms/alarms.topics.js';
import type { Database } from '../../src/platform/database/database.js';
import { createPubSub } from '../../src/platform/pubsub/create-pubsub.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import { noAudit } from '../metrics/bench-caller.js';
import type { BenchServer } from '../server.js';
import { silentLog } from '../silent-log.js';
import { mixAlarm } from './alarm-mix.js';
import { alarmCaller, plantTarget, writeAlarms } from './alarm-writing.js';
import { BenchProcess } from './child-process.js';
import type { Held } from './serving-process.js';
import type { Heard } from './subscribers-process.js';

const wholeCrowd = 5000;
const warmingCrowd = 200;
const changesOfRun = 3;
const token = 'the-admin-token-of-benchmarks';
const { input } = mixAlarm('live', 0);

/** What one crowd has shown: milliseconds from the commit of a change, and bytes for each subscriber. */
interface Crowd {
  readonly first: number[];
  readonly last: number[];
  readonly rss: number[];
  readonly heap: number[];
}

/** One change to many subscribers, of one filter and of different ones. */
export async function subscriberFigures(
  server: BenchServer,
  { scale, runs, note }: BenchmarkOptions,
): Promise<Figure[]> {
  const count = Math.round(wholeCrowd * scale);
  const crowds = [
    { name: 'of one filter', different: '', shown: emptyCrowd() },
    { name: 'each with another filter', different: 'yes', shown: emptyCrowd() },
  ];
  for (let run = 1; run <= runs; run++) {
    note(`${count} subscribers, run ${run} of ${runs}`);
    for (const { different, shown } of crowds) {
      await server.withDatabase((database, url) => tellCrowd(database, url, { count, different, shown }));
    }
  }
  return crowds.map(({ name, shown }) => ({
    name: `one change to ${count.toLocaleString('en')} WebSocket subscribers, ${name} (goal: all within 1,000 ms, 20 KB each)`,
    value:
      `${median(shown.last).toFixed(0)} ms from the commit to the last, ${median(shown.first).toFixed(0)} to the first; ` +
      `${kilobytes(shown.rss)} KB of memory each, ${kilobytes(shown.heap)} of it in the heap`,
  }));
}

function emptyCrowd(): Crowd {
  return { first: [], last: [], rss: [], heap: [] };
}

function kilobytes(bytes: readonly number[]): string {
  return (median(bytes) / 1024).toFixed(1);
}

interface CrowdOptions {
  readonly count: number;
  readonly different: string;
  readonly shown: Crowd;
}

async function tellCrowd(database: Database, url: string, { count, different, shown }: CrowdOptions): Promise<void> {
  await plantTarget(database);
  const definition = { ...parseMetricAlarm(input, alarmCaller.accounts), actionsEnabled: false };
  await writeAlarms(database, [definition], Date.now());
  const changing = await openChanging(database, url);
  const serving = new BenchProcess('serving-process', [url, token]);
  const apiUrl = await serving.next<string>();
  const gather = async (size: number) => {
    const crowd = new BenchProcess('subscribers-process', [apiUrl, token, String(size), input.alarmName, different]);
    await crowd.next();
    return crowd;
  };
  try {
    const few = await gather(warmingCrowd);
    for (let change = 0; change < changesOfRun; change++) await tell(changing, few);
    await few.stop();
    const before = await serving.ask<Held>('memory');
    const crowd = await gather(count);
    for (let change = 0; change < changesOfRun; change++) {
      const { first, last } = await tell(changing, crowd);
      shown.first.push(first);
      shown.last.push(last);
    }
    const after = await serving.ask<Held>('memory');
    shown.rss.push((after.rss - before.rss) / count);
    shown.heap.push((after.heap - before.heap) / count);
    await crowd.stop();
  } finally {
    await serving.stop();
    await changing.stop();
  }
}

/** Makes one change, and says how many milliseconds behind its commit it was heard of. */
async function tell(changing: Changing, crowd: BenchProcess): Promise<Heard> {
  const hearing = crowd.next<Heard>();
  const committed = await changing.change();
  const { first, last } = await hearing;
  return { first: first - committed, last: last - committed };
}

interface Changing {
  /** @returns when it was committed: milliseconds since 1970 UTC */
  change(): Promise<number>;
  stop(): Promise<void>;
}

/** Changes an alarm as another process does that only tells those that serve. */
async function openChanging(database: Database, databaseUrl: string): Promise<Changing> {
  const pubsub = await createPubSub({ databaseUrl, log: silentLog });
  let committed = 0;
  const states = new AlarmStates({
    database,
    audit: noAudit,
    events: { publish: async () => 0 },
    now: () => new Date(),
    onDeliveries: async () => undefined,
    onChanges: async () => {
      committed = performance.timeOrigin + performance.now();
      await pubsub.publish(alarmsChanged);
    },
  });
  let changes = 0;
  return {
    async change() {
      changes += 1;
      const stateValue = changes % 2 === 1 ? 'ALARM' : 'OK';
      await states.set(alarmCaller, { alarmName: input.alarmName, stateValue, stateReason: 'a benchmark' } as never);
      return committed;
    },
    stop: () => pubsub.stop(),
  };
}
