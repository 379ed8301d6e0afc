import { existsSync } from 'node:fs';
import type { Database } from '../../src/platform/database/database.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import { plantAlarmHistory } from './planted-history.js';
import { type ServingPeer, startServing } from './serving-peer.js';

/** From dist/bench/read. */
const peers = new URL('../../../bench/peers/', import.meta.url);
const token = 'bench-admin-token-0123456789abcdef';

/** The same question in both schemas, and how many items the answer has. */
interface Question {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /** In the text of an answer, once for each item. */
  readonly item: RegExp;
  readonly items: number;
}

/** PostGraphile sees columns alone, so both are asked for columns: its `hasError` stands for our `ingestedAt`. */
const questions: readonly Question[] = [
  {
    name: 'newest 100 events with 15 fields',
    ours: `{ events(first: 100) { nodes {
      eventID eventTime ingestedAt account awsRegion eventSource eventName eventType eventCategory readOnly
      managementEvent sourceIPAddress userAgent errorCode errorMessage
    } pageInfo { hasNextPage endCursor } } }`,
    theirs: `{ allEvents(first: 100, orderBy: EVENT_TIME_DESC) { nodes {
      eventId eventTime hasError accountId awsRegion eventSource eventName eventType eventCategory readOnly
      managementEvent sourceIp userAgent errorCode errorMessage
    } pageInfo { hasNextPage endCursor } } }`,
    item: /"eventTime":/g,
    items: 100,
  },
  {
    name: 'counts of the 20 commonest names',
    ours: '{ eventCounts(groupBy: [EVENT_NAME], top: 20) { key count errors } }',
    theirs: '{ allCountByNames { nodes { eventName count errors } } }',
    item: /"count":/g,
    items: 20,
  },
  {
    name: '100 alarms with 20 items of history each',
    ours: `{ alarms(first: 100) { nodes {
      id name state stateReason stateTransitionedAt
      history(first: 20) { nodes { timestamp historyItemType historySummary historyData } }
    } } }`,
    theirs: `{ allAlarms(first: 100, orderBy: NAME_ASC) { nodes {
      rowId name state stateReason stateTransitionedAt
      alarmHistoriesByAlarmId(first: 20, orderBy: PRIMARY_KEY_DESC) { nodes { timestamp type summary data } }
    } } }`,
    item: /"timestamp":/g,
    items: 2000,
  },
];

/** Requests of a run, so many of them at once. */
const requestsOfRun = 40;
const atOnce = 4;

/** The API beside PostGraphile, each a process, on the same database of events. */
export async function postgraphileFigures(
  database: Database,
  url: string,
  { runs, note }: Pick<BenchmarkOptions, 'runs' | 'note'>,
): Promise<Figure[]> {
  if (!existsSync(new URL('node_modules/postgraphile', peers))) {
    note('PostGraphile NOT RUN: it is not there; `npm install --prefix bench/peers` installs it');
    return [];
  }
  await plantAlarmHistory(database);
  await showToPostgraphile(database);
  await database.query('VACUUM ANALYZE');
  const serving = new URL('../alarms/serving-process.js', import.meta.url);
  const ours = await startServing(serving, [url, token], { authorization: `Bearer ${token}` });
  const theirs = await startServing(new URL('postgraphile.mjs', peers), [url]);
  try {
    const figures: Figure[] = [];
    for (const question of questions) {
      note(`${question.name}, beside PostGraphile`);
      figures.push(await compare(question, ours, theirs, runs));
    }
    return figures;
  } finally {
    await ours.stop();
    await theirs.stop();
  }
}

/**
 * What its schema needs to know beside the tables: whose history the items are, and the sums of the counts, which it has
 * no field for.
 */
async function showToPostgraphile(database: Database): Promise<void> {
  await database.query("COMMENT ON TABLE alarm_history IS '@foreignKey (alarm_id) references alarm (id)'");
  await database.query(`
    CREATE VIEW count_by_name AS
    SELECT event_name, sum(events)::float8 AS count, sum(errors)::float8 AS errors
    FROM event_count GROUP BY event_name ORDER BY 2 DESC, 1 LIMIT 20`);
}

async function compare(question: Question, ours: ServingPeer, theirs: ServingPeer, runs: number): Promise<Figure> {
  const rates = { ours: [] as number[], theirs: [] as number[] };
  await rate(question, theirs, question.theirs);
  await rate(question, ours, question.ours);
  for (let run = 0; run < runs; run++) {
    rates.theirs.push(await rate(question, theirs, question.theirs));
    rates.ours.push(await rate(question, ours, question.ours));
  }
  const perSecond = (value: number) => `${value.toFixed(0)} requests/s`;
  return {
    name: question.name,
    value: perSecond(median(rates.ours)),
    against: {
      name: 'PostGraphile',
      value: perSecond(median(rates.theirs)),
      ratio: median(rates.ours) / median(rates.theirs),
      goal: 2,
    },
  };
}

/** Answers in a second. */
async function rate({ name, item, items }: Question, peer: ServingPeer, query: string): Promise<number> {
  const found = (await peer.ask(query)).match(item)?.length ?? 0;
  if (found !== items) throw new Error(`${name}: ${found} items in place of ${items}`);
  const started = performance.now();
  const oneByOne = async () => {
    for (let sent = 0; sent < requestsOfRun / atOnce; sent++) await peer.ask(query);
  };
  await Promise.all(Array.from({ length: atOnce }, oneByOne));
  return (requestsOfRun * 1000) / (performance.now() - started);
}
