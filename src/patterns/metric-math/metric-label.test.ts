// biome-ignore-all lint/suspicious/noTemplateCurlyInString: dynamic labels are written like this.
import { describe, expect, it } from 'vitest';
import { applyLabel, checkLabel, isDynamicLabel, type LabelProperties } from './metric-label.js';
import { MetricMathError } from './metric-math-error.js';
import type { TimeSeries } from './time-series.js';

const start = Date.UTC(2024, 0, 1);
const hour = 3_600_000;

const series: TimeSeries = {
  id: 'm1',
  label: 'orders',
  period: 3600,
  timestamps: [start, start + hour, start + 25 * hour, start + 26 * hour],
  values: [3, -1, 10.12345, 4],
};

const properties: LabelProperties = {
  now: start + 26 * hour + 65_000,
  namespace: 'AWS/Lambda',
  metricName: 'Errors',
  dimensions: { FunctionName: 'orders', 'Cost Centre': '7' },
  stat: 'Sum',
  accountId: '111122223333',
  accountLabel: 'production',
  region: 'eu-central-1',
};

describe('dynamic labels', () => {
  // Origin: the table and the example of "Using dynamic labels", Amazon CloudWatch User Guide. How values are written is
  // our own: AWS does not publish it.
  it.each([
    ['[max: ${MAX} Errors for Function Name ${LABEL}]', '[max: 10.123 Errors for Function Name orders]'],
    ['${MIN} ${AVG} ${SUM}', '-1 4.031 16.123'],
    ['${FIRST} ${LAST} ${DATAPOINT_COUNT}', '3 4 4'],
    ['${FIRST_LAST_RANGE} ${MIN_MAX_RANGE}', '1 11.123'],
    ['${FIRST_LAST_TIME_RANGE} ${MIN_MAX_TIME_RANGE}', '1d 2h 1d'],
    ['${FIRST_TIME} ${LAST_TIME}', '2024-01-01T00:00:00Z 2024-01-02T02:00:00Z'],
    ['${MIN_TIME} ${MAX_TIME}', '2024-01-01T01:00:00Z 2024-01-02T01:00:00Z'],
    ['${LAST_TIME_RELATIVE} ${FIRST_TIME_RELATIVE}', '1m 5s 1d 2h 1m 5s'],
    ['${MIN_TIME_RELATIVE} ${MAX_TIME_RELATIVE}', '1d 1h 1m 5s 1h 1m 5s'],
    ["${PROP('Namespace')} ${PROP('MetricName')} ${PROP('Stat')}", 'AWS/Lambda Errors Sum'],
    ["${PROP('Period')} ${PROP('Region')} ${PROP('AccountId')}", '3600 eu-central-1 111122223333'],
    ["${PROP('AccountLabel')}", 'production'],
    ["${PROP('Dim.FunctionName')} ${PROP('Dim.Cost Centre')}", 'orders 7'],
    ["${PROP('Dim.Nothing')} ${PROP('Dim.toString')}", '-- --'],
    ['no values', 'no values'],
    ['$MAX {MAX} ${', '$MAX {MAX} ${'],
    ["${max} ${MEDIAN} ${PROP('Colour')} ${PROP(Stat)}", "${max} ${MEDIAN} ${PROP('Colour')} ${PROP(Stat)}"],
    ['', ''],
  ])('%s is %s', (label, expected) => {
    expect(applyLabel(label, series, properties)).toBe(expected);
  });

  it.each([
    [0.000123456, '0.000123'],
    [-0.5, '-0.5'],
    [1e21, '1e+21'],
    [1234567.8912, '1234567.891'],
    [0, '0'],
  ])('%d is written %s', (value, expected) => {
    expect(applyLabel('${LAST}', { ...series, timestamps: [0], values: [value] }, properties)).toBe(expected);
  });

  it('say when the extremes were there first', () => {
    const twice = { ...series, timestamps: [start, start + hour, start + 2 * hour], values: [7, 7, 7] };
    expect(applyLabel('${MAX_TIME} ${MIN_TIME} ${MIN_MAX_TIME_RANGE}', twice, properties)).toBe(
      '2024-01-01T00:00:00Z 2024-01-01T00:00:00Z 0s',
    );
  });

  it('say of a series without data that there is none', () => {
    const none = { ...series, timestamps: [], values: [] };
    expect(applyLabel('${LABEL} ${MAX} ${LAST_TIME} ${DATAPOINT_COUNT}', none, properties)).toBe('orders -- -- 0');
  });

  it('say of what is not known that there is none', () => {
    expect(applyLabel("${PROP('Stat')} ${PROP('AccountId')}", series, { now: 0, accountId: null })).toBe('-- --');
  });

  it('are those with ${', () => {
    expect(isDynamicLabel('a ${MAX}')).toBe(true);
    expect(isDynamicLabel('a $MAX')).toBe(false);
  });

  it('do not put values into values', () => {
    expect(applyLabel('${LABEL}', { ...series, label: '${MAX} $&' }, properties)).toBe('${MAX} $&');
  });
});

describe('labels that are refused', () => {
  // Origin: "Using dynamic labels": at most five statistical values, and ${LABEL} once; the rest is our own.
  it.each([
    ['${MAX}${MAX}${MAX}${MAX}${MAX}${MAX}', 30, '5 statistical values'],
    ['${LABEL} ${LABEL}', 9, 'once at most'],
    ['a ${MEDIAN}', 2, 'no value of dynamic labels'],
    ['a ${', 2, 'no value of dynamic labels'],
    ["${PROP('Colour')}", 0, 'no value of dynamic labels'],
    ['${${MAX}}', 0, 'no value of dynamic labels'],
  ])('%s at %i: %s', (label, position, reason) => {
    const error = errorOf(label);
    expect(error?.reason).toContain(reason);
    expect(error?.position).toBe(position);
  });

  it.each([
    '${MAX}${MIN}${AVG}${SUM}${LAST}${LABEL}',
    "${PROP('Stat')} ${PROP('Stat')} ${PROP('Stat')} ${PROP('Stat')} ${PROP('Stat')} ${PROP('Dim.x')}",
    'plain',
  ])('%s is taken', (label) => {
    expect(errorOf(label)).toBeNull();
  });
});

function errorOf(label: string): MetricMathError | null {
  try {
    checkLabel(label);
    return null;
  } catch (error) {
    if (error instanceof MetricMathError) return error;
    throw error;
  }
}
