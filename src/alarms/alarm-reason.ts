import {
  type AlarmWindow,
  breachesToAlarm,
  type Evaluation,
  type EvaluationSettings,
  isBreaching,
  type WindowPoint,
} from './alarm-evaluation.js';
import { javaDouble } from './java-double.js';

/** The reason of the state INSUFFICIENT_DATA with which every alarm begins. */
export const initialReason = 'Unchecked: Initial alarm creation';

/** From this number on, CloudWatch lists the newest data points only, in a sentence of their own. */
const mostListed = 5;

/** Why the state is what it is, in CloudWatch's words. Only of an evaluation that decided: a kept state keeps its reason. */
export function reasonOf(evaluation: Evaluation, { settings }: AlarmWindow): string {
  const { state, evaluated } = evaluation;
  if (state === 'INSUFFICIENT_DATA') {
    return `Insufficient Data: ${wereCounted(settings.evaluationPeriods - evaluated.length, 'datapoint')} unknown.`;
  }
  const heading = settings.threshold === null ? 'Thresholds Crossed' : 'Threshold Crossed';
  const supporting = supportingPoints(evaluation, settings);
  if (supporting.length > 0) return `${heading}: ${crossing(evaluation, settings, supporting)}.`;
  const received = evaluated.length === 0 ? 'no datapoints were' : wereCounted(evaluated.length, 'datapoint');
  const periods = counted(settings.evaluationPeriods, 'period');
  return `${heading}: ${received} received for ${periods}${filling(evaluation, settings)}.`;
}

/** What the reason rests on, as CloudWatch's `reasonData` has it. */
export function reasonDataOf(
  evaluation: Evaluation,
  window: AlarmWindow,
  context: { readonly queryDate: number; readonly statistic: string | null; readonly unit: string | null },
): Readonly<Record<string, unknown>> {
  const { settings } = window;
  const { evaluated } = evaluation;
  const oldest = evaluated[0];
  return {
    version: '1.0',
    queryDate: timestamp(context.queryDate),
    ...(oldest !== undefined && { startDate: timestamp(oldest.time) }),
    ...(context.unit !== null && { unit: context.unit }),
    ...(context.statistic !== null && { statistic: context.statistic }),
    period: settings.period,
    recentDatapoints: evaluated.map(({ value }) => value),
    ...(settings.threshold !== null && { threshold: settings.threshold }),
    ...(comparesLower(settings) && { recentLowerThresholds: evaluated.map(({ lower }) => lower) }),
    ...(comparesUpper(settings) && { recentUpperThresholds: evaluated.map(({ upper }) => upper) }),
    evaluatedDatapoints: evaluatedDatapoints(evaluation, window),
  };
}

/** The data points on the side of the state, the newest first. */
function supportingPoints({ state, evaluated }: Evaluation, settings: EvaluationSettings): WindowPoint[] {
  return evaluated.filter((point) => isBreaching(settings, point) === (state === 'ALARM')).reverse();
}

function crossing(evaluation: Evaluation, settings: EvaluationSettings, supporting: readonly WindowPoint[]): string {
  const count = supporting.length;
  const isAlarm = evaluation.state === 'ALARM';
  const datapoints =
    settings.datapointsToAlarm === null
      ? counted(count, 'datapoint')
      : `${count} out of the last ${settings.evaluationPeriods} datapoints`;
  const verb = count === 1 ? 'was' : 'were';
  const filled = filling(evaluation, settings);
  const minimum = minimumNote(evaluation, settings);
  const list = `[${supporting.slice(0, mostListed).map(shown).join(', ')}]`;
  if (count < mostListed) {
    return `${datapoints} ${list} ${verb} ${comparison(settings, isAlarm, supporting)}${filled}${minimum}`;
  }
  const crossed = isAlarm ? ` which crossed the threshold${settings.threshold === null ? 's' : ''}` : '';
  const relation = comparison(settings, isAlarm, null);
  return `${datapoints} ${verb} ${relation}${filled}. The most recent datapoints${crossed}: ${list}${minimum}`;
}

const comparisons = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
} as const;

/** @param listed the data points whose bounds are told; null: of none, since there are many */
function comparison(settings: EvaluationSettings, isAlarm: boolean, listed: readonly WindowPoint[] | null): string {
  const { comparisonOperator: operator, threshold } = settings;
  const not = isAlarm ? '' : 'not ';
  if (operator in comparisons && threshold !== null) {
    return `${not}${comparisons[operator as keyof typeof comparisons]} the threshold (${javaDouble(threshold)})`;
  }
  const bounds = (bound: 'lower' | 'upper') =>
    listed === null ? '' : ` [${listed.map((point) => javaDouble(point[bound] ?? Number.NaN)).join(', ')}]`;
  return [
    ...(comparesLower(settings) ? [`${not}less than the lower thresholds${bounds('lower')}`] : []),
    ...(comparesUpper(settings) ? [`${not}greater than the upper thresholds${bounds('upper')}`] : []),
  ].join(' or ');
}

function comparesLower({ comparisonOperator: operator }: EvaluationSettings): boolean {
  return operator === 'LessThanLowerThreshold' || operator === 'LessThanLowerOrGreaterThanUpperThreshold';
}

function comparesUpper({ comparisonOperator: operator }: EvaluationSettings): boolean {
  return operator === 'GreaterThanUpperThreshold' || operator === 'LessThanLowerOrGreaterThanUpperThreshold';
}

function filling({ filled }: Evaluation, { treatMissingData }: EvaluationSettings): string {
  if (filled === 0) return '';
  const taken = treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  return ` and ${wereCounted(filled, 'missing datapoint')} treated as [${taken}]`;
}

/** How many data points a change to the state takes; it is the state before that would have to change. */
function minimumFor({ state }: Evaluation, settings: EvaluationSettings): number {
  const toAlarm = breachesToAlarm(settings);
  return state === 'ALARM' ? toAlarm : settings.evaluationPeriods - toAlarm + 1;
}

/** CloudWatch names these two states also where the alarm comes from INSUFFICIENT_DATA. */
function minimumNote(evaluation: Evaluation, settings: EvaluationSettings): string {
  if (settings.datapointsToAlarm === null) return '';
  const transition = evaluation.state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK';
  return ` (minimum ${counted(minimumFor(evaluation, settings), 'datapoint')} for ${transition} transition)`;
}

/** The newest data points that suffice for the state, the newest first; a missing one is a time alone. */
function evaluatedDatapoints(evaluation: Evaluation, window: AlarmWindow): object[] {
  const { settings } = window;
  const missing = missingTimes(evaluation, window).map((time) => ({ time, datapoint: { timestamp: timestamp(time) } }));
  if (evaluation.state === 'INSUFFICIENT_DATA') return missing.map(({ datapoint }) => datapoint);
  const isAlarm = evaluation.state === 'ALARM';
  const filled = evaluation.filled > 0 && isAlarm === (settings.treatMissingData === 'breaching') ? missing : [];
  const real = supportingPoints(evaluation, settings).map((point) => ({
    time: point.time,
    datapoint: evaluatedDatapoint(point, settings),
  }));
  return [...real, ...filled]
    .sort((one, other) => other.time - one.time)
    .slice(0, minimumFor(evaluation, settings))
    .map(({ datapoint }) => datapoint);
}

function evaluatedDatapoint(point: WindowPoint, settings: EvaluationSettings): object {
  const bounds = [...(comparesLower(settings) ? [point.lower] : []), ...(comparesUpper(settings) ? [point.upper] : [])];
  return {
    timestamp: timestamp(point.time),
    ...(point.sampleCount !== null && { sampleCount: point.sampleCount }),
    value: point.value,
    // With two bounds there is no one threshold to tell.
    ...(bounds.length === 1 && { threshold: bounds[0] }),
  };
}

/** The starts of the newest of the N periods that have no data point, as many as were missing, the newest first. */
function missingTimes({ evaluated }: Evaluation, { settings, end }: AlarmWindow): number[] {
  const periodMs = settings.period * 1000;
  const agesWithData = new Set(evaluated.map(({ time }) => (end - time) / periodMs));
  return Array.from({ length: settings.evaluationPeriods }, (_, index) => index + 1)
    .filter((age) => !agesWithData.has(age))
    .slice(0, settings.evaluationPeriods - evaluated.length)
    .map((age) => end - age * periodMs);
}

function shown({ time, value }: WindowPoint): string {
  return `${javaDouble(value)} (${reasonTime(time)})`;
}

/** dd/MM/yy HH:mm:ss in UTC. */
function reasonTime(time: number): string {
  const iso = new Date(time).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`;
}

/** As CloudWatch writes times in JSON: 2019-10-03T16:00:04.650+0000. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}

function counted(count: number, what: string): string {
  return count === 1 ? `${count} ${what}` : `${count} ${what}s`;
}

function wereCounted(count: number, what: string): string {
  return `${counted(count, what)} ${count === 1 ? 'was' : 'were'}`;
}
