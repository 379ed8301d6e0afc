import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../lib/time.js';
import { CrosstrailError } from '../platform/errors.js';
import { type MetricDatum, type MetricDatumInput, parseMetricData } from './metric-datum.js';
import { metricUnits } from './metric-unit.js';

const now = new Date('2026-05-01T12:34:56.789Z');
const datum: MetricDatumInput = { metricName: 'Latency', value: 1 };

function ago(ms: number): Date {
  return new Date(now.getTime() - ms);
}

function parsed(changes: Partial<MetricDatumInput>): MetricDatum | undefined {
  return parseMetricData('App', [{ ...datum, ...changes }], now)[0];
}

describe('a data point', () => {
  it('has defaults for all but its name and value', () => {
    expect(parsed({})).toEqual({
      metricName: 'Latency',
      dimensions: {},
      time: Date.parse('2026-05-01T12:34:00Z'),
      unit: 'None',
      storageResolution: 60,
      samples: { values: [1], counts: [1] },
    });
  });

  it('takes null for what is left out', () => {
    const nothing = { dimensions: null, timestamp: null, values: null, counts: null, statisticValues: null };
    expect(parsed({ ...nothing, unit: null, storageResolution: null })).toEqual(parsed({}));
  });

  // Truth: MetricDatum (Amazon CloudWatch API Reference); a minute or a second starts where the clock has it.
  it.each<[string, Partial<MetricDatumInput>, Partial<MetricDatum>]>([
    ['a minute', { timestamp: new Date('2026-05-01T11:59:59.999Z') }, { time: Date.parse('2026-05-01T11:59:00Z') }],
    [
      'a second',
      { timestamp: new Date('2026-05-01T11:59:59.999Z'), storageResolution: 1 },
      { time: Date.parse('2026-05-01T11:59:59Z'), storageResolution: 1 },
    ],
    ['two weeks ago', { timestamp: ago(14 * dayMs) }, { time: Date.parse('2026-04-17T12:34:00Z') }],
    ['two hours from now', { timestamp: ago(-2 * hourMs) }, { time: Date.parse('2026-05-01T14:34:00Z') }],
    ['a unit', { unit: 'Bytes/Second' }, { unit: 'Bytes/Second' }],
    ['the largest value', { value: 2 ** 360 }, { samples: { values: [2 ** 360], counts: [1] } }],
    ['the smallest value', { value: -(2 ** 360) }, { samples: { values: [-(2 ** 360)], counts: [1] } }],
    ['a zero without a sign', { value: -0 }, { samples: { values: [0], counts: [1] } }],
    ['values', { value: null, values: [1, 2, 1] }, { samples: { values: [1, 2, 1], counts: [1, 1, 1] } }],
    ['counts', { value: null, values: [1, 2], counts: [3, 0.5] }, { samples: { values: [1, 2], counts: [3, 0.5] } }],
    [
      'a statistic set',
      { value: null, statisticValues: { sampleCount: 2.5, sum: 0.1, minimum: -1, maximum: 1 } },
      {
        samples: {
          summary: {
            sampleCount: '2.5',
            sum: '0.1000000000000000055511151231257827021181583404541015625',
            minimum: -1,
            maximum: 1,
          },
        },
      },
    ],
    [
      'a statistic set of equal samples',
      { value: null, statisticValues: { sampleCount: 1, sum: 5, minimum: 5, maximum: 5 } },
      { samples: { summary: { sampleCount: '1', sum: '5', minimum: 5, maximum: 5 } } },
    ],
    [
      'dimensions in the order of their names',
      {
        dimensions: [
          { name: 'Stage', value: 'prod' },
          { name: 'Api', value: 'orders' },
        ],
      },
      { dimensions: { Api: 'orders', Stage: 'prod' } },
    ],
  ])('holds %s', (_, changes, expected) => {
    expect(parsed(changes)).toMatchObject(expected);
  });

  it('keeps dimensions in one order whichever way they came', () => {
    const dimensions = ['b', 'B', 'a', 'aa'].map((name) => ({ name, value: 'x' }));
    expect(Object.keys(parsed({ dimensions })?.dimensions ?? {})).toEqual(['B', 'a', 'aa', 'b']);
    expect(parsed({ dimensions: dimensions.toReversed() })).toEqual(parsed({ dimensions }));
  });

  it('may have a dimension named as something that every object has', () => {
    const dimensions = [{ name: '__proto__', value: 'x' }];
    expect(Object.entries(parsed({ dimensions })?.dimensions ?? {})).toEqual([['__proto__', 'x']]);
  });

  it.each(metricUnits)('takes the unit %s', (unit) => {
    expect(parsed({ unit })?.unit).toBe(unit);
  });

  it('takes 30 dimensions, 150 values and 1000 data points', () => {
    const dimensions = Array.from({ length: 30 }, (_, at) => ({ name: `d${at}`, value: 'x' }));
    const values = Array.from({ length: 150 }, (_, at) => at);
    const data = Array.from({ length: 1000 }, () => ({ metricName: 'm', dimensions, values }));
    expect(parseMetricData('App', data, now)).toHaveLength(1000);
  });
});

describe('what is refused', () => {
  const statisticValues = { sampleCount: 2, sum: 3, minimum: 1, maximum: 2 };
  const noValue = { value: null };

  // Truth: PutMetricData, MetricDatum, StatisticSet and Dimension (Amazon CloudWatch API Reference); that value and
  // values exclude each other, and that NaN is refused: moto's tests; that a sample count is above 0 and a maximum no
  // less than the minimum: answers of AWS in issues of blacklocus/metrics-cloudwatch and awslabs/amazon-kinesis-producer.
  it.each<[string, Partial<MetricDatumInput>, string]>([
    ['no name', { metricName: '' }, '.metricName'],
    ['a long name', { metricName: 'x'.repeat(256) }, '.metricName'],
    ['a name of blanks', { metricName: '  ' }, '.metricName'],
    ['a name with a line break', { metricName: 'a\nb' }, '.metricName'],
    ['a name with a line break at its end', { metricName: 'a\n' }, '.metricName'],
    ['a name beyond ASCII', { metricName: 'Größe' }, '.metricName'],
    ['no value', noValue, ''],
    ['a value and values', { values: [1] }, ''],
    ['a value and a statistic set', { statisticValues }, ''],
    ['values and a statistic set', { ...noValue, values: [1], statisticValues }, ''],
    ['counts without values', { counts: [1] }, '.counts'],
    ['counts of a statistic set', { ...noValue, statisticValues, counts: [1] }, '.counts'],
    ['no values', { ...noValue, values: [] }, '.values'],
    ['too many values', { ...noValue, values: Array<number>(151).fill(1) }, '.values'],
    ['too few counts', { ...noValue, values: [1, 2], counts: [1] }, '.counts'],
    ['too many counts', { ...noValue, values: [1], counts: [1, 2] }, '.counts'],
    ['NaN', { value: Number.NaN }, '.value'],
    ['Infinity', { value: Infinity }, '.value'],
    ['too large a value', { value: 2 ** 360 * (1 + Number.EPSILON) }, '.value'],
    ['too small a value among values', { ...noValue, values: [1, 2, -(2 ** 361)] }, '.values[2]'],
    ['NaN among values', { ...noValue, values: [Number.NaN] }, '.values[0]'],
    ['a count of 0', { ...noValue, values: [1, 2], counts: [1, 0] }, '.counts[1]'],
    ['a negative count', { ...noValue, values: [1], counts: [-1] }, '.counts[0]'],
    ['NaN as a count', { ...noValue, values: [1], counts: [Number.NaN] }, '.counts[0]'],
    ['an infinite count', { ...noValue, values: [1], counts: [Infinity] }, '.counts[0]'],
    [
      'no samples',
      { ...noValue, statisticValues: { ...statisticValues, sampleCount: 0 } },
      '.statisticValues.sampleCount',
    ],
    ['a sum of NaN', { ...noValue, statisticValues: { ...statisticValues, sum: Number.NaN } }, '.statisticValues.sum'],
    [
      'a minimum of NaN',
      { ...noValue, statisticValues: { ...statisticValues, minimum: Number.NaN } },
      '.statisticValues.minimum',
    ],
    [
      'an infinite maximum',
      { ...noValue, statisticValues: { ...statisticValues, maximum: Infinity } },
      '.statisticValues.maximum',
    ],
    [
      'a minimum above the maximum',
      { ...noValue, statisticValues: { ...statisticValues, minimum: 3 } },
      '.statisticValues.minimum',
    ],
    ['an unknown unit', { unit: 'Furlongs' }, '.unit'],
    ['a unit in other letters', { unit: 'count' }, '.unit'],
    ['another resolution', { storageResolution: 30 }, '.storageResolution'],
    ['a time too long ago', { timestamp: ago(14 * dayMs + 1) }, '.timestamp'],
    ['a time too far ahead', { timestamp: ago(-2 * hourMs - 1) }, '.timestamp'],
    ['a time that is none', { timestamp: new Date(Number.NaN) }, '.timestamp'],
    [
      'too many dimensions',
      { dimensions: Array.from({ length: 31 }, (_, at) => ({ name: `${at}`, value: 'x' })) },
      '.dimensions',
    ],
    ['a dimension without a name', { dimensions: [{ name: '', value: 'x' }] }, '.dimensions[0].name'],
    ['a long name of a dimension', { dimensions: [{ name: 'x'.repeat(256), value: 'x' }] }, '.dimensions[0].name'],
    ['a dimension that begins with a colon', { dimensions: [{ name: ':a', value: 'x' }] }, '.dimensions[0].name'],
    [
      'a dimension twice',
      {
        dimensions: [
          { name: 'a', value: 'x' },
          { name: 'a', value: 'y' },
        ],
      },
      '.dimensions[1].name',
    ],
    ['a dimension without a value', { dimensions: [{ name: 'a', value: '' }] }, '.dimensions[0].value'],
    ['a long value of a dimension', { dimensions: [{ name: 'a', value: 'x'.repeat(1025) }] }, '.dimensions[0].value'],
    ['a dimension of blanks', { dimensions: [{ name: 'a', value: ' ' }] }, '.dimensions[0].value'],
    ['a control character', { dimensions: [{ name: 'a', value: 'x\u0000' }] }, '.dimensions[0].value'],
  ])('%s', (_, changes, path) => {
    const metricData = [datum, { ...datum, ...changes }];
    expect(refusal(() => parseMetricData('App', metricData, now))).toBe(`input.metricData[1]${path}`);
  });

  // Truth: PutMetricData (API Reference) and "Namespaces" (User Guide); `Crosstrail` is our own.
  it.each(['', 'x'.repeat(256), ':App', 'AWS/EC2', 'Crosstrail', '   ', 'a\nb', 'Größe', 'a*b'])(
    'the namespace %j',
    (namespace) => {
      expect(refusal(() => parseMetricData(namespace, [datum], now))).toBe('input.namespace');
    },
  );

  it.each(['App', 'a', 'x'.repeat(255), 'AWSome', 'My App/prod_1.2-3#4:5', 'Crosstrail2'])(
    'but not the namespace %s',
    (namespace) => {
      expect(parseMetricData(namespace, [datum], now)).toHaveLength(1);
    },
  );

  it.each([0, 1001])('%i data points', (length) => {
    const metricData = Array<MetricDatumInput>(length).fill(datum);
    expect(refusal(() => parseMetricData('App', metricData, now))).toBe('input.metricData');
  });
});

/** The path that an error names. */
function refusal(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CrosstrailError && error.code === 'BAD_USER_INPUT') return error.details['argument'];
    throw error;
  }
}
