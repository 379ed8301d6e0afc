import type { AlarmWindow, EvaluationSettings, WindowPoint } from '../../src/alarms/alarm-evaluation.js';
import type { AlarmState } from '../../src/patterns/alarm-rule/alarm-state.js';

export const windowEnd = Date.parse('2026-11-20T12:00:00Z');
export const windowPeriodMs = 300_000;

const usual: EvaluationSettings = {
  period: 300,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  comparisonOperator: 'GreaterThanThreshold',
  threshold: 5,
  treatMissingData: 'missing',
  minimumSamples: null,
  evaluationDelay: 1200,
  direction: null,
};

/** A data point of the period that began so many periods before the end of the window. */
export function pointOfAge(age: number, value: number, more: Partial<WindowPoint> = {}): WindowPoint {
  return { time: windowEnd - age * windowPeriodMs, value, sampleCount: null, lower: null, upper: null, ...more };
}

/** Data points as AWS draws them, the newest on the right: X breaches a threshold of 5, 0 does not, - is missing. */
export function drawnPoints(drawing: string): WindowPoint[] {
  const marks = drawing.split(' ');
  return marks.flatMap((mark, index) => (mark === '-' ? [] : [pointOfAge(marks.length - index, mark === 'X' ? 9 : 1)]));
}

/** An alarm on 3 of 3 data points over 5, in a window of which all data has come. */
export function alarmWindow(settings: Partial<EvaluationSettings>, points: readonly WindowPoint[]): AlarmWindow {
  return { settings: { ...usual, ...settings }, end: windowEnd, points, previous: 'OK', completeThrough: windowEnd };
}

/** Data points at times of their own, under settings of minutes and a threshold of 0. */
export interface TimedWindow extends Partial<Omit<EvaluationSettings, 'evaluationPeriods' | 'datapointsToAlarm'>> {
  /** M and N; N alone where the alarm does not state `datapointsToAlarm`. */
  readonly of: number | readonly [number, number];
  /** The start of the newest period, in UTC. */
  readonly newest: string;
  /** From the newest on; null is missing. */
  readonly values: readonly (number | null)[];
  /** The band of each. */
  readonly bands?: readonly (readonly [number, number])[];
  readonly sampleCounts?: readonly number[];
}

export function timedWindow({ of, newest, values, bands, sampleCounts, ...settings }: TimedWindow): AlarmWindow {
  const [datapointsToAlarm, evaluationPeriods] = typeof of === 'number' ? [null, of] : of;
  const { period = 60 } = settings;
  const start = Date.parse(`${newest}Z`);
  const points = values.flatMap((value, age): WindowPoint[] => {
    if (value === null) return [];
    const [lower, upper] = bands?.[age] ?? [null, null];
    return [{ time: start - age * period * 1000, value, sampleCount: sampleCounts?.[age] ?? null, lower, upper }];
  });
  return {
    settings: { ...usual, period, threshold: 0, ...settings, evaluationPeriods, datapointsToAlarm },
    end: start + period * 1000,
    points: points.reverse(),
    previous: 'INSUFFICIENT_DATA',
    completeThrough: Infinity,
  };
}

/** A state, or that the one before stays. */
export type Cell = AlarmState | 'keep';

/** What is drawn, M of 3, and what comes of it where missing data is taken as missing, ignored, breaching, not breaching. */
export type GuideRow = [
  drawing: string,
  toAlarm: number,
  missing: Cell,
  ignore: Cell,
  breaching: Cell,
  notBreaching: Cell,
];

/** Truth: CloudWatch guide, "Configuring how CloudWatch alarms treat missing data", both tables: 10 rows of 4 cells. */
export const guideTables: GuideRow[] = [
  ['0 - X - X', 3, 'OK', 'OK', 'OK', 'OK'],
  ['0 - - - -', 3, 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 3, 'INSUFFICIENT_DATA', 'keep', 'ALARM', 'OK'],
  ['0 X X - X', 3, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 3, 'ALARM', 'keep', 'ALARM', 'OK'],
  ['0 - X - X', 2, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 2, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 2, 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 2, 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 2, 'ALARM', 'keep', 'ALARM', 'OK'],
];
