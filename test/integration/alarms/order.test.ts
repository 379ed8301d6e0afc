import { expect, it, vi } from 'vitest';
import type { MetricAlarmInput } from '../../../src/alarms/alarm.inputs.js';
import { type EvaluationSettings, evaluate, evaluationRange } from '../../../src/alarms/alarm-evaluation.js';
import { generatedAccounts, generateLogFiles } from '../../../src/demo/generator/log-files.js';
import { parseLogKey } from '../../../src/formats/cloudtrail/log-key.js';
import { Random } from '../../../src/lib/random.js';
import { dayMs, hourMs, minuteMs } from '../../../src/lib/time.js';
import type { AlarmState } from '../../../src/patterns/alarm-rule/alarm-state.js';
import { type AlarmWorld, alarmInput, openAlarmWorld } from '../../support/alarm-world.js';
import { logFileOf, recordsOf } from '../../support/buckets.js';
import { noon } from '../../support/events.js';
import { filterInput, type WorldFile } from '../../support/metric-world.js';
import { type NaiveSample, naiveSeries } from '../../support/naive-metrics.js';

/*
 * A day of log files, each delivered when its last event is up to 20 minutes old, while the clock goes on and alarms are
 * judged: whichever order that makes, in the end the same is known to have happened, transition by transition. The truth is
 * reckoned from the records one by one: metrics and the walk over windows have nothing of the program's, and the judgement
 * of a window is the function whose cells are AWS's tables.
 */

vi.setConfig({ testTimeout: 300_000 });

const seed = 'alarm-order';
const orders = 4;
const [from, to] = [noon - dayMs, noon];
const accounts = generatedAccounts(seed, 3);
const [busiest = ''] = accounts;
/** Seconds after which windows are judged in any case. */
const delay = 600;

interface DayFile extends WorldFile {
  readonly newest: number;
  readonly events: readonly { readonly time: number; readonly record: Readonly<Record<string, unknown>> }[];
}

const files = dayOfFiles();
const events = files.flatMap(({ accountId, events: all }) => all.map((event) => ({ ...event, accountId })));
type DayEvent = (typeof events)[number];

function dayOfFiles(): DayFile[] {
  const shape = { files: 110, recordsPerFile: 30, accounts: 3, regions: 2, from, to };
  const random = new Random('alarm-order/bytes');
  return [...generateLogFiles({ seed, ...shape })].map((file) => {
    const { accountId = '', awsRegion = '' } = parseLogKey(file.key) ?? {};
    const texts = recordsOf(file).map((text) =>
      JSON.stringify({ ...(JSON.parse(text) as object), bytes: random.below(1000) }),
    );
    const all = texts.map((text) => {
      const record = JSON.parse(text) as Record<string, unknown>;
      return { time: Date.parse(String(record['eventTime'])), record };
    });
    const newest = Math.max(...all.map(({ time }) => time));
    return { ...logFileOf(file.key, texts), accountId, awsRegion, newest, events: all };
  });
}

const filters = [
  filterInput('Errors', '{ $.errorCode = * }'),
  filterInput('AllErrors', '{ $.errorCode = * }', { defaultValue: 0 }),
  filterInput('Bytes', '{ $.eventName = * }', { metricValue: '$.bytes' }),
  filterInput('OfOne', '{ $.errorCode = * }', { accountIds: [busiest] }),
];

const isError = ({ record }: DayEvent) => record['errorCode'] !== undefined;
const ones = (of: readonly DayEvent[]): NaiveSample[] => of.map(({ time }) => ({ time, value: 1 }));
const samples: Readonly<Record<string, readonly NaiveSample[]>> = {
  Errors: ones(events.filter(isError)),
  AllErrors: withDefault(ones(events.filter(isError)), ones(events)),
  Bytes: events.map(({ time, record }) => ({ time, value: Number(record['bytes']) })),
  OfOne: ones(events.filter((event) => event.accountId === busiest && isError(event))),
};

function withDefault(matching: readonly NaiveSample[], seen: readonly NaiveSample[]): NaiveSample[] {
  const minuteOf = (time: number) => time - (time % minuteMs);
  const matched = new Set(matching.map(({ time }) => minuteOf(time)));
  const active = new Set(seen.map(({ time }) => minuteOf(time)));
  return [...matching, ...[...active].filter((minute) => !matched.has(minute)).map((time) => ({ time, value: 0 }))];
}

interface TestAlarm {
  readonly name: string;
  readonly metric: keyof typeof samples;
  readonly input: Partial<MetricAlarmInput>;
}

const treatments = ['missing', 'notBreaching', 'breaching', 'ignore'] as const;
const kinds: readonly (Partial<MetricAlarmInput> & { readonly metricName: string })[] = [
  { metricName: 'Errors', statistic: 'Sum', threshold: 2, period: 60 },
  { metricName: 'Errors', statistic: 'Sum', threshold: 3, period: 300, evaluationPeriods: 3, datapointsToAlarm: 2 },
  { metricName: 'AllErrors', statistic: 'Average', threshold: 0.5, period: 120 },
  {
    metricName: 'AllErrors',
    statistic: 'Sum',
    threshold: 0,
    period: 60,
    comparisonOperator: 'LessThanOrEqualToThreshold',
  },
  { metricName: 'Bytes', statistic: 'Maximum', threshold: 950, period: 60, comparisonOperator: 'GreaterThanThreshold' },
  { metricName: 'Bytes', statistic: 'Minimum', threshold: 30, period: 300, comparisonOperator: 'LessThanThreshold' },
  { metricName: 'Bytes', statistic: 'SampleCount', threshold: 12, period: 300, evaluationPeriods: 2 },
  {
    metricName: 'OfOne',
    statistic: 'Sum',
    threshold: 1,
    period: 60,
    evaluationPeriods: 4,
    datapointsToAlarm: 2,
    accountIds: [busiest],
  },
];
const alarms = kinds.flatMap((input, kind) =>
  treatments.map((treatMissingData): TestAlarm => {
    const name = `${input.metricName}-${kind}-${treatMissingData}`;
    return { name, metric: input.metricName, input: { treatMissingData, evaluationDelay: delay, ...input } };
  }),
);

interface Change {
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
}

/** From the windows that end behind `start` to those that end at `end`. */
function truth({ name, metric, input }: TestAlarm, start: number, end: number): Change[] {
  const given = alarmInput(name, input);
  const settings = {
    ...given,
    datapointsToAlarm: given.datapointsToAlarm ?? null,
    minimumSamples: null,
    direction: null,
  };
  const { period, statistic } = given as { period: number; statistic: string };
  const values = [...naiveSeries(samples[metric] ?? [], statistic, period)];
  const range = evaluationRange(given) * period * 1000;
  const changes: Change[] = [];
  let state = 'INSUFFICIENT_DATA' as AlarmState;
  for (let at = start + period * 1000; at <= end; at += period * 1000) {
    const points = values
      .filter(([time]) => time >= at - range && time < at)
      .map(([time, value]) => ({ time, value, sampleCount: null, lower: null, upper: null }));
    const window = {
      settings: settings as unknown as EvaluationSettings,
      end: at,
      points,
      previous: state as AlarmState,
    };
    const judged: AlarmState = evaluate({ ...window, completeThrough: at }, at).state;
    if (judged !== state) changes.push({ at, from: state, to: judged });
    state = judged;
  }
  return changes;
}

it(`${orders} orders of a day's files make one timeline of each alarm`, async () => {
  const figures = { changes: 0, corrections: 0, transitions: 0 };
  for (let order = 0; order < orders; order++) {
    const world = await openAlarmWorld();
    try {
      await runDay(world, new Random(`order/${order}`));
      const last = world.clock.time;
      for (const alarm of alarms) {
        const period = (alarm.input.period ?? 60) * 1000;
        const start = Math.floor((from - delay * 1000) / period) * period - period;
        const end = Math.floor((last - delay * 1000) / period) * period;
        const told = await world.timeline(alarm.name);
        expect(told.map(shown), `${alarm.name} in order ${order}`).toEqual(truth(alarm, start, end).map(shown));
        figures.transitions += told.length;
      }
      const changes = await world.changes();
      figures.changes += changes.length;
      figures.corrections += changes.filter(({ revision }) => revision > 1).length;
      expect(new Set(changes.flatMap(({ supersedes }) => supersedes ?? [])).size).toBe(
        changes.filter(({ supersedes }) => supersedes !== null).length,
      );
    } finally {
      await world.stop();
    }
  }
  // Without any of these it would have shown nothing.
  expect(figures.corrections).toBeGreaterThan(orders * 20);
  expect(figures.transitions).toBeGreaterThan(orders * 500);
  process.stdout.write(
    `\norder of arrival: ${JSON.stringify({ alarms: alarms.length, files: files.length, orders, ...figures })}\n`,
  );
});

async function runDay(world: AlarmWorld, random: Random): Promise<void> {
  world.clock.time = from;
  for (const filter of filters) await world.putFilter(filter);
  for (const { name, input } of alarms) await world.putAlarm(name, input);
  await world.tick();
  const arrivals = files.map((file) => ({ file, at: file.newest + random.below(20 * minuteMs) }));
  arrivals.sort((one, other) => one.at - other.at);
  const worker = world.openWorker();
  const step = 10 * minuteMs;
  let next = from + step;
  const goOnTo = async (time: number) => {
    for (; next <= time; next += step) {
      // What is expected to have come by then has not always.
      for (const account of accounts) world.complete.set(account, next - 15 * minuteMs);
      await world.tick(next);
    }
  };
  for (const { file, at } of arrivals) {
    await goOnTo(at);
    world.clock.time = Math.max(world.clock.time, at);
    await worker.ingest([file]);
    await world.tick();
  }
  await goOnTo(to + 2 * hourMs);
}

function shown({ at, from: before, to: after }: Change): string {
  return `${new Date(at).toISOString()} ${before} -> ${after}`;
}
