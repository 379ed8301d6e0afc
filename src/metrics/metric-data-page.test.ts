import { describe, expect, it } from 'vitest';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import type { ScanBy } from './metric.inputs.js';
import { type PagePlace, pageOfSeries } from './metric-data-page.js';

/* Truth: own reckoning. A page has `most` data points, all series together (MaxDatapoints of GetMetricData). */

const seriesOf = (times: readonly number[]): TimeSeries => ({
  id: 's',
  label: 's',
  period: 1,
  timestamps: times,
  values: times.map((time) => time * 10),
});

/** The timestamps of each page, by series. */
function pages(all: readonly TimeSeries[], most: number, scanBy: ScanBy): number[][][] {
  const read: number[][][] = [];
  let from: PagePlace | null = { index: 0, after: null };
  while (from !== null) {
    const { parts, next } = pageOfSeries(all, { scanBy, most, from });
    read.push(parts.map(({ timestamps }) => [...timestamps]));
    for (const { timestamps, values } of parts) expect(values).toEqual(timestamps.map((time) => time * 10));
    from = next;
  }
  return read;
}

describe('pages of data points', () => {
  const all = [seriesOf([1, 2, 3]), seriesOf([]), seriesOf([2, 4])];
  it.each<[string, number, ScanBy, number[][][]]>([
    ['one page, where all fit', 5, 'TimestampAscending', [[[1, 2, 3], [], [2, 4]]]],
    ['the newest first', 5, 'TimestampDescending', [[[3, 2, 1], [], [4, 2]]]],
    [
      'a series cut in two',
      2,
      'TimestampAscending',
      [
        [[1, 2], [], []],
        [[3], [], [2]],
        [[], [], [4]],
      ],
    ],
    [
      'cut at the end of a series',
      3,
      'TimestampAscending',
      [
        [[1, 2, 3], [], []],
        [[], [], [2, 4]],
      ],
    ],
    [
      'point by point',
      1,
      'TimestampDescending',
      [
        [[3], [], []],
        [[2], [], []],
        [[1], [], []],
        [[], [], [4]],
        [[], [], [2]],
      ],
    ],
  ])('%s', (_, most, scanBy, expected) => {
    expect(pages(all, most, scanBy)).toEqual(expected);
  });

  it.each<ScanBy>(['TimestampAscending', 'TimestampDescending'])(
    'have no point twice where others come in between (%s)',
    (scanBy) => {
      const first = pageOfSeries([seriesOf([10, 20, 30, 40])], { scanBy, most: 2, from: { index: 0, after: null } });
      const more = seriesOf([5, 10, 15, 20, 25, 30, 35, 40, 45]);
      const second = pageOfSeries([more], { scanBy, most: 9, from: first.next as PagePlace });
      const seen = [...first.parts, ...second.parts].flatMap(({ timestamps }) => timestamps);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining([10, 20, 30, 40]));
    },
  );
});
