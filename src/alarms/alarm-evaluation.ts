import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { TreatMissingData } from './alarm-definition.js';
import type { ComparisonOperator } from './comparison-operator.js';

/** What of a metric alarm decides its state. */
export interface EvaluationSettings {
  /** Seconds. */
  readonly period: number;
  /** N: how many of the newest data points are evaluated. At least 1. */
  readonly evaluationPeriods: number;
  /** M: how many of them have to breach. Null: not stated, which is all of them; the reason is worded differently then. */
  readonly datapointsToAlarm: number | null;
  readonly comparisonOperator: ComparisonOperator;
  /** Null: each point has its own band. */
  readonly threshold: number | null;
  readonly treatMissingData: TreatMissingData;
  /** The fewest samples of a point that is evaluated (`evaluateLowSampleCountPercentile: ignore`); null: any number. */
  readonly minimumSamples: number | null;
  /** Seconds after the end of a window at which it is judged in any case. */
  readonly evaluationDelay: number;
  /**
   * Where more data can move the statistic: Sum, SampleCount and Maximum only up, Minimum only down. Null: either way, as
   * Average, percentiles and math.
   */
  readonly direction: 'up' | 'down' | null;
}

/** A data point: the statistic over one period. */
export interface WindowPoint {
  /** The start of its period in milliseconds since 1970 UTC. */
  readonly time: number;
  readonly value: number;
  /** Null: not known, as of math. */
  readonly sampleCount: number | null;
  /** The bounds of its band; null without one. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Its value without what may go again, such as default values; null: nothing is left. Left out: the same. */
  readonly lasting?: number | null;
}

/** What an alarm sees when it is evaluated. Times in milliseconds since 1970 UTC. */
export interface AlarmWindow {
  readonly settings: EvaluationSettings;
  /** The end of the newest period. */
  readonly end: number;
  /** The existing data points, the oldest first. Those outside of the evaluation range are not looked at. */
  readonly points: readonly WindowPoint[];
  readonly previous: AlarmState;
  /** Up to when all data is known to have come; null: not known. */
  readonly completeThrough: number | null;
  /** Of a Sum: values below zero were seen, so that more data may take it down as well. */
  readonly hasNegative?: boolean;
}

/** What an evaluation came to. */
export interface Evaluation {
  readonly state: AlarmState;
  /** False: data that is still to come may change it. A state ALARM that is not kept stays nevertheless. */
  readonly isFinal: boolean;
  /** Nothing was decided: the state is the one before, and so is its reason. */
  readonly isKept: boolean;
  /** The data points that were evaluated, the oldest first: N at most. */
  readonly evaluated: readonly WindowPoint[];
  /** How many missing data points were taken as breaching, or as not breaching. */
  readonly filled: number;
}

/**
 * The number of newest periods in which data points are looked for. AWS does not publish it, only an example: 5 for an N
 * of 3.
 */
export function evaluationRange({ evaluationPeriods }: Pick<EvaluationSettings, 'evaluationPeriods'>): number {
  return evaluationPeriods + Math.max(Math.floor(evaluationPeriods / 3), 2);
}

/**
 * How many samples make a percentile significant (CloudWatch guide, "Percentile-based alarms and low data samples").
 *
 * @param percentile from 0 to 1; at both ends any number will do
 */
export function minimumSamplesFor(percentile: number): number {
  if (percentile <= 0 || percentile >= 1) return 0;
  const samples = percentile >= 0.5 ? 10 / (1 - percentile) : 10 / percentile;
  // 1 - 0.9 is a little less than 0.1, which must not ask for an eleventh of ten samples.
  return Number(samples.toPrecision(12));
}

/** Whether a data point lies beyond the threshold, or outside of its band. A bound of a band is still inside. */
export function isBreaching({ comparisonOperator, threshold }: EvaluationSettings, point: WindowPoint): boolean {
  const isBelow = point.lower !== null && point.value < point.lower;
  const isAbove = point.upper !== null && point.value > point.upper;
  if (comparisonOperator === 'LessThanLowerOrGreaterThanUpperThreshold') return isBelow || isAbove;
  if (comparisonOperator === 'LessThanLowerThreshold') return isBelow;
  if (comparisonOperator === 'GreaterThanUpperThreshold') return isAbove;
  if (threshold === null) return false;
  if (comparisonOperator === 'GreaterThanOrEqualToThreshold') return point.value >= threshold;
  if (comparisonOperator === 'GreaterThanThreshold') return point.value > threshold;
  if (comparisonOperator === 'LessThanThreshold') return point.value < threshold;
  return point.value <= threshold;
}

/** M: what `datapointsToAlarm` is, or stands for. */
export function breachesToAlarm({ datapointsToAlarm, evaluationPeriods }: EvaluationSettings): number {
  return datapointsToAlarm ?? evaluationPeriods;
}

/**
 * The state of a metric alarm by one window: one function for the live schedule, late data and backtests.
 *
 * Once all data has come, or `evaluationDelay` is over, the window is decided for good. Before that it is ALARM only where
 * no data can take that back; anything else keeps the state before.
 */
export function evaluate(window: AlarmWindow, now: number): Evaluation {
  const { settings, previous } = window;
  const real = pointsInRange(window);
  const evaluated = real.slice(-settings.evaluationPeriods);
  const isFinal = isComplete(window, now);
  const kept: Evaluation = { state: previous, isFinal, isKept: true, evaluated, filled: 0 };
  if (!isFinal) {
    return isAlarmForGood(window, real) ? { ...kept, state: 'ALARM', isKept: false } : kept;
  }
  if (!isSignificant(settings, evaluated.at(-1))) return kept;
  const missing = settings.evaluationPeriods - evaluated.length;
  const filled = isFilled(settings) ? missing : 0;
  const state = filled === missing ? stateOfAll(settings, evaluated, filled) : stateOfSome(window, evaluated);
  return state === null ? kept : { state, isFinal, isKept: false, evaluated, filled };
}

function pointsInRange({ settings, end, points }: AlarmWindow): WindowPoint[] {
  const start = end - evaluationRange(settings) * settings.period * 1000;
  return points.filter(({ time }) => time >= start && time < end);
}

function isComplete({ settings, end, completeThrough }: AlarmWindow, now: number): boolean {
  return (completeThrough !== null && end <= completeThrough) || now >= end + settings.evaluationDelay * 1000;
}

function countBreaching(settings: EvaluationSettings, points: readonly WindowPoint[]): number {
  return points.filter((point) => isBreaching(settings, point)).length;
}

function isFilled({ treatMissingData }: EvaluationSettings): boolean {
  return treatMissingData === 'breaching' || treatMissingData === 'notBreaching';
}

/**
 * Whether the window may change the state: not while its newest data point has too few samples (API reference,
 * EvaluateLowSampleCountPercentile).
 */
function isSignificant({ minimumSamples }: EvaluationSettings, newest: WindowPoint | undefined): boolean {
  return minimumSamples === null || (newest?.sampleCount ?? Infinity) >= minimumSamples;
}

/** With N data points, some of which may stand in for missing ones. */
function stateOfAll(settings: EvaluationSettings, evaluated: readonly WindowPoint[], filled: number): AlarmState {
  const fromFilled = settings.treatMissingData === 'breaching' ? filled : 0;
  return countBreaching(settings, evaluated) + fromFilled >= breachesToAlarm(settings) ? 'ALARM' : 'OK';
}

/**
 * With fewer than N data points, and nothing to stand in for the missing ones. Null: the state before stays.
 *
 * Where all that there is breaches, but is less than M, it depends on how long the breach has lasted: a data point that does
 * not breach might come next. Until then the state is not known; the guide's table of 2019 has INSUFFICIENT_DATA for it
 * (`- - - - X`, missing), and its later text only that it is not ALARM.
 */
function stateOfSome({ settings, end }: AlarmWindow, evaluated: readonly WindowPoint[]): AlarmState | null {
  const breaching = countBreaching(settings, evaluated);
  const toAlarm = breachesToAlarm(settings);
  if (breaching >= toAlarm) return 'ALARM';
  if (breaching < evaluated.length) return 'OK';
  if (settings.treatMissingData === 'ignore') return null;
  const oldest = evaluated[0];
  const isOld = oldest !== undefined && end - oldest.time >= toAlarm * settings.period * 1000;
  return isOld ? 'ALARM' : 'INSUFFICIENT_DATA';
}

/** The operators under which a statistic that only goes one way keeps breaching once it does. */
const lastingOperators: Readonly<Record<'up' | 'down', readonly ComparisonOperator[]>> = {
  up: ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold'],
  down: ['LessThanThreshold', 'LessThanOrEqualToThreshold'],
};

/**
 * Whether the window is ALARM whatever data still comes: M data points in its newest N periods breach, and more data can
 * only move them further beyond the threshold.
 *
 * So at least those M will breach when it is decided. They will be evaluated too: where N or more data points exist by
 * then, the newest N of them hold all that lie in the newest N periods; where fewer exist, all are evaluated. M breaching
 * data points among those evaluated are ALARM however the missing ones are treated. Missing data points must not be counted
 * here, since they may yet come and not breach; nor older data points, since newer ones may yet take their places; nor
 * percentiles with too few samples, which more samples may move anywhere.
 */
function isAlarmForGood({ settings, end, hasNegative }: AlarmWindow, real: readonly WindowPoint[]): boolean {
  const { direction, comparisonOperator, evaluationPeriods, period } = settings;
  if (direction === null || hasNegative || settings.minimumSamples !== null) return false;
  if (!lastingOperators[direction].includes(comparisonOperator)) return false;
  const start = end - evaluationPeriods * period * 1000;
  const newest = real.flatMap((point) => {
    const value = point.lasting === undefined ? point.value : point.lasting;
    return point.time < start || value === null ? [] : [{ ...point, value }];
  });
  return countBreaching(settings, newest) >= breachesToAlarm(settings);
}
