import { exactDecimal } from '../lib/exact-decimal.js';
import { dayMs, hourMs } from '../lib/time.js';
import { badInput } from '../platform/errors.js';
import type { NewPoint } from './data-point.port.js';
import type { Dimensions } from './metric-identity.js';
import { checkMetricName, checkNamespace, type DimensionInput, parseDimensions } from './metric-names.js';
import { isMetricUnit, type MetricUnit } from './metric-unit.js';
import { maxMagnitude } from './value-bucket.js';

/** What is known of samples whose values are not. */
interface StatisticSetInput {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** A MetricDatum of AWS, as a client gives it. */
export interface MetricDatumInput {
  readonly metricName: string;
  readonly dimensions?: readonly DimensionInput[] | null;
  readonly timestamp?: Date | null;
  readonly value?: number | null;
  readonly values?: readonly number[] | null;
  readonly counts?: readonly number[] | null;
  readonly statisticValues?: StatisticSetInput | null;
  readonly unit?: string | null;
  readonly storageResolution?: number | null;
}

/** The same, checked. */
export interface MetricDatum {
  readonly metricName: string;
  readonly dimensions: Dimensions;
  /** Milliseconds since 1970 UTC, at the start of its second or minute. */
  readonly time: number;
  readonly unit: MetricUnit;
  /** Seconds. */
  readonly storageResolution: 1 | 60;
  /** With values where they are known, else with a summary. */
  readonly samples: NewPoint['samples'];
}

const maxData = 1000;
const maxValues = 150;
const oldestMs = 14 * dayMs;
const newestMs = 2 * hourMs;

const rangeOfValues = 'must be a number from -2^360 to 2^360';

/**
 * Checks data points as PutMetricData does, all of them before any is stored.
 *
 * Source: PutMetricData, MetricDatum, StatisticSet and Dimension in the Amazon CloudWatch API Reference. What these leave
 * open is refused: more than one of value, values and statisticValues; two dimensions of one name; counts that are 0.
 * A statistic set's sum is not held against its minimum and maximum, as AWS does not.
 *
 * @param now the timestamp of data that has none; others lie from two weeks before to two hours after it
 * @throws CrosstrailError BAD_USER_INPUT, with a path such as `input.metricData[3].values[2]`
 */
export function parseMetricData(namespace: string, metricData: readonly MetricDatumInput[], now: Date): MetricDatum[] {
  checkNamespace('input.namespace', namespace);
  if (metricData.length === 0 || metricData.length > maxData) {
    throw badInput('input.metricData', `must have 1 to ${maxData} data points`);
  }
  return metricData.map((datum, index) => parseDatum(`input.metricData[${index}]`, datum, now));
}

function parseDatum(argument: string, datum: MetricDatumInput, now: Date): MetricDatum {
  checkMetricName(`${argument}.metricName`, datum.metricName);
  const storageResolution = parseStorageResolution(`${argument}.storageResolution`, datum.storageResolution ?? 60);
  const timestamp = parseTimestamp(`${argument}.timestamp`, datum.timestamp ?? now, now);
  return {
    metricName: datum.metricName,
    dimensions: parseDimensions(`${argument}.dimensions`, datum.dimensions ?? []),
    time: Math.floor(timestamp / (storageResolution * 1000)) * storageResolution * 1000,
    unit: parseUnit(`${argument}.unit`, datum.unit ?? 'None'),
    storageResolution,
    samples: parseSamples(argument, datum),
  };
}

function parseStorageResolution(argument: string, storageResolution: number): 1 | 60 {
  if (storageResolution === 1 || storageResolution === 60) return storageResolution;
  throw badInput(argument, 'must be 1 or 60 seconds');
}

function parseTimestamp(argument: string, timestamp: Date, now: Date): number {
  const time = timestamp.getTime();
  const age = now.getTime() - time;
  // Written so that an invalid date is refused as well.
  if (age <= oldestMs && age >= -newestMs) return time;
  throw badInput(argument, 'must lie between two weeks ago and two hours from now');
}

function parseUnit(argument: string, unit: string): MetricUnit {
  if (isMetricUnit(unit)) return unit;
  throw badInput(argument, 'must be a unit of CloudWatch, such as Count, Seconds, Bytes/Second or None');
}

function parseSamples(argument: string, datum: MetricDatumInput): NewPoint['samples'] {
  const { value = null, values = null, counts = null, statisticValues = null } = datum;
  if ([value, values, statisticValues].filter((given) => given !== null).length !== 1) {
    throw badInput(argument, 'must have one of value, values and statisticValues');
  }
  if (counts !== null && values === null) throw badInput(`${argument}.counts`, 'belong to values, which are missing');
  if (statisticValues !== null) return parseStatisticSet(`${argument}.statisticValues`, statisticValues);
  if (values !== null) return parseValues(argument, values, counts);
  return { values: [parseValue(`${argument}.value`, value ?? Number.NaN)], counts: [1] };
}

function parseValues(
  argument: string,
  values: readonly number[],
  counts: readonly number[] | null,
): NewPoint['samples'] {
  if (values.length === 0 || values.length > maxValues) {
    throw badInput(`${argument}.values`, `must have 1 to ${maxValues} values`);
  }
  if (counts !== null && counts.length !== values.length) {
    throw badInput(`${argument}.counts`, `must have as many counts as there are values: ${values.length}`);
  }
  return {
    values: values.map((value, index) => parseValue(`${argument}.values[${index}]`, value)),
    counts: values.map((_, index) => parseCount(`${argument}.counts[${index}]`, counts?.[index] ?? 1)),
  };
}

function parseStatisticSet(argument: string, set: StatisticSetInput): NewPoint['samples'] {
  const sampleCount = parseCount(`${argument}.sampleCount`, set.sampleCount);
  const sum = parseValue(`${argument}.sum`, set.sum);
  const minimum = parseValue(`${argument}.minimum`, set.minimum);
  const maximum = parseValue(`${argument}.maximum`, set.maximum);
  if (minimum > maximum) throw badInput(`${argument}.minimum`, 'must not be above the maximum');
  return { summary: { sampleCount: exactDecimal(sampleCount), sum: exactDecimal(sum), minimum, maximum } };
}

function parseValue(argument: string, value: number): number {
  if (!(Math.abs(value) <= maxMagnitude)) throw badInput(argument, rangeOfValues);
  // Not -0, of which there would be a minimum of its own.
  return value + 0;
}

function parseCount(argument: string, count: number): number {
  if (!(count > 0 && count <= maxMagnitude)) throw badInput(argument, 'must be above 0 and at most 2^360');
  return count;
}
