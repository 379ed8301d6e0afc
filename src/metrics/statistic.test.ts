import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import { parseStatistic, type Summary } from './statistic.js';
import { StatisticError } from './statistic-error.js';
import { type ValueCount, ValueSketch } from './value-sketch.js';

describe('statistics of the values 1 to 10', () => {
  const values = range(1, 10);

  // Truth: the definitions of "CloudWatch statistics definitions" (Amazon CloudWatch User Guide), reckoned by hand.
  it.each([
    ['SampleCount', 10],
    ['Sum', 55],
    ['Average', 5.5],
    ['Minimum', 1],
    ['Maximum', 10],
    ['p0', 1],
    ['p0.0', 1],
    ['p10', 1],
    ['p50', 5],
    ['p90', 9],
    ['p90.0000000001', 10],
    ['p99', 10],
    ['p100', 10],
    ['tm90', 5],
    ['TM(:90%)', 5],
    ['TM(10%:)', 6],
    ['TM(10%:90%)', 5.5],
    ['TM(0%:100%)', 5.5],
    ['tm100', 5.5],
    ['tm0', null],
    ['TM(2:4)', 3.5],
    ['TM(:4)', 2.5],
    ['TM(8:)', 9.5],
    ['TM(10:20)', null],
    ['IQM', 5.5],
    ['TM(25%:75%)', 5.5],
    ['tc90', 9],
    ['TC(80%:)', 2],
    ['TC(2:5)', 3],
    ['TC(0.5:1.5)', 1],
    ['TC(:0.5)', 0],
    ['TC(100:200)', 0],
    ['ts90', 45],
    ['TS(80%:)', 19],
    ['TS(2:5)', 12],
    ['TS(100:200)', 0],
    ['wm90', 5.4],
    ['WM(:90%)', 5.4],
    ['WM(10%:90%)', 5.5],
    ['WM(80%:)', 9.1],
    ['WM(2:8)', 5.3],
    ['WM(:3)', 2.7],
    ['WM(9:)', 9.1],
    ['wm0', 1],
    ['WM(100%:)', 10],
    ['PR(:3)', 30],
    ['PR(2:5)', 30],
    ['PR(10:)', 0],
    ['PR(9:)', 10],
    ['PR(0:1)', 10],
  ])('%s is %s', (text, expected) => {
    const result = statisticOf(text, values);
    if (expected === null) expect(result).toBeNull();
    else expect(result).toBeCloseTo(expected, 12);
  });
});

describe('statistics of other samples', () => {
  // Own reckoning: what the definitions leave to think about.
  it.each([
    {
      about: 'a share is cut within equal values',
      text: 'tm50',
      samples: [
        [1, 99],
        [1000, 1],
      ],
      expected: 1,
    },
    {
      about: 'so that its count is the share',
      text: 'tc50',
      samples: [
        [1, 99],
        [1000, 1],
      ],
      expected: 50,
    },
    { about: 'of one value a trimmed mean is it', text: 'TM(10%:90%)', samples: [[7, 20]], expected: 7 },
    { about: 'parts of samples count', text: 'tc90', samples: range(1, 5).map((value) => [value, 1]), expected: 4.5 },
    { about: 'and are weighed', text: 'TM(:30%)', samples: range(1, 5).map((value) => [value, 1]), expected: 2 / 1.5 },
    {
      about: 'counts weigh',
      text: 'p50',
      samples: [
        [1, 3],
        [2, 1],
        [3, 3],
      ],
      expected: 2,
    },
    {
      about: 'fractional counts weigh',
      text: 'p50',
      samples: [
        [1, 0.5],
        [2, 0.25],
        [3, 0.2],
      ],
      expected: 1,
    },
    {
      about: 'fractional counts add up to all',
      text: 'p100',
      samples: [
        [1, 0.1],
        [2, 0.1],
        [3, 0.1],
      ],
      expected: 3,
    },
    {
      about: 'rounding does not shift a rank',
      text: 'p99.9',
      samples: range(1, 1000).map((value) => [value, 1]),
      expected: 999,
    },
    { about: 'nor a count', text: 'tc99.9', samples: range(1, 1000).map((value) => [value, 1]), expected: 999 },
    {
      about: 'nor one of many samples',
      text: 'p99.99',
      samples: [
        [1, 99_990_000],
        [2, 10_000],
      ],
      expected: 1,
    },
    {
      about: 'the next rank is one sample on',
      text: 'p99.99',
      samples: [
        [1, 99_989_999],
        [2, 10_001],
      ],
      expected: 2,
    },
    {
      about: '10 decimals tell',
      text: 'p99.9999999999',
      samples: [
        [1, 999_999_999_998],
        [2, 2],
      ],
      expected: 2,
    },
    {
      about: 'zero is a value',
      text: 'PR(:0)',
      samples: [
        [0, 1],
        [1, 3],
      ],
      expected: 25,
    },
    {
      about: 'a winsorized mean moves the outliers in',
      text: 'WM(20%:80%)',
      samples: [
        [0, 1],
        [10, 3],
        [1000, 1],
      ],
      expected: 10,
    },
  ])('$about: $text', ({ text, samples, expected }) => {
    const points = samples.map(([value = 0, count = 0]) => ({ value, count }));
    expect(parseStatistic(text).of(summaryOf(points), points)).toBeCloseTo(expected, 10);
  });

  // Truth: p50 as CloudWatch itself answered it, recorded in the integration tests of cep21/cwmessagebatch. It reckons
  // with buckets of a width of 10 percent, so its answers lie up to 5 percent from a value that was sent.
  it.each([
    { samples: '0 to 20', values: range(0, 20), recorded: 10.330486782497703 },
    { samples: '0, 10, … 3000', values: range(0, 300).map((value) => 10 * value), recorded: 1502.7563988172972 },
    { samples: '0, 10, … 1480', values: range(0, 148).map((value) => 10 * value), recorded: 742.8110878212035 },
    { samples: '0 to 149', values: range(0, 149), recorded: 74.64814214590068 },
    { samples: '0 to 299', values: range(0, 299), recorded: 148.97588388530315 },
    {
      samples: 'each n to 99 n times',
      values: range(1, 99).flatMap((n) => Array<number>(n).fill(n)),
      recorded: 70.38556285900441,
    },
  ])('p50 of $samples is near to what CloudWatch answered', ({ values, recorded }) => {
    const result = statisticOf('p50', values) ?? 0;
    expect(Math.abs(result - recorded) / recorded).toBeLessThan(0.05);
  });
});

describe('where the values are not known', () => {
  const known = { sampleCount: 4, sum: 12, minimum: 3, maximum: 3 };

  // "Requirements to use percentiles, trimmed mean, and some other statistics" in the same page of the guide.
  it.each<[string, string, Summary, number | null]>([
    ['no percentile', 'p50', { sampleCount: 2, sum: 5, minimum: 1, maximum: 4 }, null],
    ['no trimmed count', 'tc90', { sampleCount: 2, sum: 5, minimum: 1, maximum: 4 }, null],
    ['but an average', 'Average', { sampleCount: 2, sum: 5, minimum: 1, maximum: 4 }, 2.5],
    ['a percentile of one sample', 'p50', { sampleCount: 1, sum: 5, minimum: 5, maximum: 5 }, 5],
    ['a percentile of equal samples', 'p10', known, 3],
    ['a trimmed sum of equal samples', 'ts50', known, 6],
    ['a percentile rank of equal samples', 'PR(:3)', known, 100],
    ['no percentile when the sum says otherwise', 'p50', { ...known, sum: 13 }, null],
    [
      'a percentile of equal samples with a rounded sum',
      'p50',
      { sampleCount: 3, sum: 0.3, minimum: 0.1, maximum: 0.1 },
      0.1,
    ],
    ['a percentile of zeros', 'p50', { sampleCount: 3, sum: 0, minimum: 0, maximum: 0 }, 0],
    ['no average of no samples', 'Average', { sampleCount: 0, sum: 0, minimum: 0, maximum: 0 }, null],
    ['no percentile of no samples', 'p50', { sampleCount: 0, sum: 0, minimum: 0, maximum: 0 }, null],
  ])('there is %s', (_, text, summary, expected) => {
    expect(parseStatistic(text).of(summary, null)).toBe(expected);
  });
});

// "Requirements to use percentiles, …" and GetMetricStatistics (API Reference): not with negative values.
it.each(['p50', 'tm90', 'TC(:5)', 'PR(:5)', 'IQM', 'wm10'])('%s is not available where a value is negative', (text) => {
  expect(statisticOf(text, [-1, 2, 3])).toBeNull();
  expect(statisticOf('Minimum', [-1, 2, 3])).toBe(-1);
});

describe('spelling', () => {
  // Truth: the syntax rules of the same page; what each form needs is own reckoning.
  it.each([
    ...['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'].map((text) => [text, 'summary'] as const),
    ...['p1', 'p99.9999999999', 'IQM', 'tm1.5', 'TM(0.5%:99.5%)', 'PR(0.001:)'].map(
      (text) => [text, 'distribution'] as const,
    ),
  ])('%s needs the %s', (text, needs) => {
    expect(parseStatistic(text).needs).toBe(needs);
  });

  // Truth: as above, for what is not of these forms; the positions are own reckoning.
  it.each([
    ['', 0, /no statistic/],
    ['Median', 0, /no statistic/],
    ['sum', 0, /"Sum"/],
    ['AVERAGE', 0, /"Average"/],
    ['iqm', 0, /"IQM"/],
    ['P90', 0, /small/],
    ['TM90', 0, /small/],
    ['tm(10%:90%)', 0, /capitals/],
    ['pr90', 0, /no statistic/],
    ['PR90', 0, /no statistic/],
    ['xx90', 0, /no statistic/],
    ['XX(1:2)', 0, /no statistic/],
    ['P(1:2)', 0, /no statistic/],
    ['p', 0, /no statistic/],
    ['p-1', 0, /no statistic/],
    [' p90', 0, /no statistic/],
    ['p90 ', 3, /nothing may follow/],
    ['p90%', 3, /nothing may follow/],
    ['p9.', 2, /nothing may follow/],
    ['p1e1', 2, /nothing may follow/],
    ['p100.1', 1, /between 0 and 100/],
    ['p100.0000000001', 1, /between 0 and 100/],
    ['tm101', 2, /between 0 and 100/],
    ['p99.12345678901', 3, /10 decimals/],
    ['TM()', 3, /digits/],
    ['TM(:)', 3, /at least one/],
    ['TM(90%)', 6, /":"/],
    ['TM(10%:90%', 10, /"\)"/],
    ['TM(10%:90%) ', 11, /nothing may follow/],
    ['TM(10%:100)', 7, /both/],
    ['TM(10:100%)', 6, /both/],
    ['TM(90%:10%)', 3, /below/],
    ['TM(10:10)', 3, /below/],
    ['TM(:100.1%)', 4, /between 0 and 100/],
    ['WM(101%:)', 3, /between 0 and 100/],
    ['TM(-1:2)', 3, /digits/],
    ['TM(1e2:2e2)', 4, /":"/],
    ['TM( 1:2)', 3, /digits/],
    ['TC(0.12345678901:1)', 4, /10 decimals/],
    ['PR(10%:20%)', 5, /values/],
    ['PR(:20%)', 6, /values/],
    [`p${'9'.repeat(200)}`, 100, /100 characters/],
  ])('%j is refused at %i', (text, position, reason) => {
    const refused = refusal(text);
    expect(refused).toBeInstanceOf(StatisticError);
    expect(refused).toMatchObject({ position, reason: expect.stringMatching(reason) });
  });
});

describe('shares of random samples', () => {
  // Truth: a naive reading of the guide over the sorted list, with whole counts and shares that cut no sample.
  it('are those of the sorted list', () => {
    const random = new Random('shares');
    for (let round = 0; round < 300; round++) {
      const samples = Array.from({ length: 10 * random.between(1, 12) }, () => random.between(0, 30)).sort(
        (a, b) => a - b,
      );
      const [low, high] = [random.between(0, 4), random.between(6, 10)];
      const [from, to] = [(samples.length * low) / 10, (samples.length * high) / 10];
      const kept = samples.slice(from, to);
      const moved = samples.map((value) => Math.min(Math.max(value, kept[0] ?? 0), kept.at(-1) ?? 0));
      const bounds = `(${10 * low}%:${10 * high}%)`;
      expect(statisticOf(`TC${bounds}`, samples)).toBe(kept.length);
      expect(statisticOf(`TS${bounds}`, samples)).toBe(sum(kept));
      expect(statisticOf(`TM${bounds}`, samples)).toBeCloseTo(sum(kept) / kept.length, 10);
      expect(statisticOf(`WM${bounds}`, samples)).toBeCloseTo(sum(moved) / moved.length, 10);
      expect(statisticOf(`p${10 * high}`, samples)).toBe(samples[to - 1]);
    }
  });

  // Truth: the same list; the sketch is bucketed here, and 0.4 percent is what it promises.
  it('are near to them by way of a sketch', () => {
    const random = new Random('sketched');
    const samples = Array.from({ length: 5000 }, () => Math.exp(6 * random.fraction())).sort((a, b) => a - b);
    const points = samples.map((value) => ({ value, count: 1 }));
    const sketched = ValueSketch.of(samples).points();
    for (const text of ['p1', 'p50', 'p99', 'p99.99', 'tm95', 'TS(5%:95%)', 'wm99', 'IQM']) {
      const exact = parseStatistic(text).of(summaryOf(points), points) ?? 0;
      const near = parseStatistic(text).of(summaryOf(points), sketched) ?? 0;
      expect(Math.abs(near - exact) / exact, text).toBeLessThan(0.004);
    }
  });

  it('never leave minimum and maximum, though a bucket does', () => {
    const samples = range(1, 200).map((value) => 1000 + value);
    const [points, sketched] = [samples.map((value) => ({ value, count: 1 })), ValueSketch.of(samples).points()];
    expect(parseStatistic('p0').of(summaryOf(points), sketched)).toBeGreaterThanOrEqual(1001);
    expect(parseStatistic('p100').of(summaryOf(points), sketched)).toBeLessThanOrEqual(1200);
    expect(parseStatistic('PR(:1200)').of(summaryOf(points), sketched)).toBe(100);
  });
});

function statisticOf(text: string, values: readonly number[]): number | null {
  const points = ValueSketch.of(values).points();
  return parseStatistic(text).of(summaryOf(points), points);
}

function summaryOf(points: readonly ValueCount[]): Summary {
  return {
    sampleCount: sum(points.map(({ count }) => count)),
    sum: sum(points.map(({ value, count }) => value * count)),
    minimum: Math.min(...points.map(({ value }) => value)),
    maximum: Math.max(...points.map(({ value }) => value)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function refusal(text: string): unknown {
  try {
    return parseStatistic(text);
  } catch (error) {
    return error;
  }
}
