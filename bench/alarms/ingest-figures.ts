import { AlarmEvaluator } from '../../src/alarms/alarm-evaluator.service.js';
import { parseMetricAlarm } from '../../src/alarms/alarm-settings.js';
import type { Database } from '../../src/platform/database/database.js';
import { CompletenessService } from '../../src/sources/completeness.service.js';
import { type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { type Dataset, writeDataset } from '../ingest/dataset.js';
import { prepareProduct } from '../ingest/product.js';
import { plantFilters } from '../metrics/planted-filters.js';
import { type BenchServer, benchmarkSpan } from '../server.js';
import { silentLog } from '../silent-log.js';
import { alarmCaller, writeAlarms } from './alarm-writing.js';

/** As many metric filters, each with an alarm on what it counts. */
const watched = 100;
/** Of shape L: alarms cost the same for each batch, however many there are. */
const shareOfL = 0.25;

interface Subject {
  readonly name: string;
  readonly hasAlarms: boolean;
  readonly isJudged: boolean;
  readonly seconds: number[];
  /** From the last file to the last alarm. */
  readonly after: number[];
}

/** Ingest with metric filters, and with alarms on what they count. */
export async function ingestFigures(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  const { scale, runs, note } = options;
  note('writing the files of shape L');
  const dataset = await writeDataset(server.folder('L'), 'L', scale * shareOfL);
  const subject = (name: string, hasAlarms: boolean, isJudged: boolean): Subject => {
    return { name, hasAlarms, isJudged, seconds: [], after: [] };
  };
  const without = subject('without alarms', false, false);
  const others = [subject('word left for alarms', true, false), subject('alarms judged as the files come', true, true)];
  for (let run = 1; run <= runs; run++) {
    note(`ingest ${run} of ${runs}`);
    for (const one of [without, ...others]) await server.withDatabase((database) => ingest(database, dataset, one));
  }
  const seconds = median(without.seconds);
  const against = { name: 'the time without alarms', value: rate(dataset.records, seconds) };
  return others.map(({ name, isJudged, ...one }) => ({
    name: `ingest L with ${watched} metric filters and ${watched} alarms, ${name}`,
    value:
      rate(dataset.records, median(one.seconds)) +
      (isJudged ? `, ${median(one.after).toFixed(2)} s from the last file to the last alarm` : ''),
    against: { ...against, ratio: median(one.seconds) / seconds },
  }));
}

async function ingest(database: Database, dataset: Dataset, subject: Subject): Promise<void> {
  await plantFilters(database, watched);
  // As if they had been there all the time: what comes is no past to them.
  if (subject.hasAlarms) await writeAlarms(database, alarmsOnFilters(), benchmarkSpan.from);
  const judging = judgingOf(database);
  const run = await prepareProduct(database, dataset, subject.isJudged ? judging.begin : () => undefined);
  const started = performance.now();
  await run();
  const read = performance.now();
  await judging.ended();
  subject.seconds.push((read - started) / 1000);
  subject.after.push((performance.now() - read) / 1000);
}

function alarmsOnFilters() {
  return Array.from({ length: watched }, (_, index) =>
    parseMetricAlarm(
      {
        alarmName: `alarm-${index}`,
        namespace: 'Bench',
        metricName: `Metric${index}`,
        statistic: 'Sum',
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        treatMissingData: 'notBreaching',
      },
      alarmCaller.accounts,
    ),
  );
}

/** An evaluator beside the ingest, woken by each batch. */
function judgingOf(database: Database) {
  // Long after the events: all windows are judged for good.
  const now = () => new Date(benchmarkSpan.to);
  const evaluator = new AlarmEvaluator({
    database,
    completeness: new CompletenessService({ database, now }),
    events: { publish: async () => 0 },
    log: silentLog,
    now,
    onDeliveries: async () => undefined,
    onChanges: async () => undefined,
  });
  let working: Promise<unknown> = Promise.resolve();
  return {
    begin: () => {
      working = Promise.all([working, evaluator.work()]);
    },
    ended: () => working,
  };
}
