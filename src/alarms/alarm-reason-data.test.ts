import { describe, expect, it } from 'vitest';
import { type TimedWindow, timedWindow } from '../../test/support/alarm-windows.js';
import { evaluate } from './alarm-evaluation.js';
import { reasonDataOf } from './alarm-reason.js';

describe('reason data', () => {
  // Truth: messages of CloudWatch, of the guide or received in the year given and published. Members and their order are CloudWatch's.
  const recorded: [string, TimedWindow, string, string | null, string | null, string][] = [
    [
      'of one data point (2023)',
      {
        of: 1,
        newest: '2023-04-07T09:08:00',
        values: [0],
        sampleCounts: [1],
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
      '2023-04-07T09:09:15.917',
      'Minimum',
      'Count',
      '{"version":"1.0","queryDate":"2023-04-07T09:09:15.917+0000","startDate":"2023-04-07T09:08:00.000+0000","unit":"Count","statistic":"Minimum","period":60,"recentDatapoints":[0.0],"threshold":1.0,"evaluatedDatapoints":[{"timestamp":"2023-04-07T09:08:00.000+0000","sampleCount":1.0,"value":0.0}]}',
    ],
    [
      'of several, which are evaluated from the newest on (2022)',
      {
        of: [2, 2],
        newest: '2022-01-17T14:42:00',
        period: 300,
        values: [15.398333333333332, 11.488333333333333],
        sampleCounts: [5, 5],
        threshold: 10,
      },
      '2022-01-17T14:48:42.271',
      'Average',
      null,
      '{"version":"1.0","queryDate":"2022-01-17T14:48:42.271+0000","startDate":"2022-01-17T14:37:00.000+0000","statistic":"Average","period":300,"recentDatapoints":[11.488333333333333,15.398333333333332],"threshold":10.0,"evaluatedDatapoints":[{"timestamp":"2022-01-17T14:42:00.000+0000","sampleCount":5.0,"value":15.398333333333332},{"timestamp":"2022-01-17T14:37:00.000+0000","sampleCount":5.0,"value":11.488333333333333}]}',
    ],
    [
      'of several, of which one suffices (2022)',
      {
        of: [3, 3],
        newest: '2022-01-26T13:24:00',
        period: 300,
        values: [38.395433048854194, 38.391752618786896, 38.364239895660816],
        sampleCounts: [4, 4, 4],
        threshold: 80,
      },
      '2022-01-26T13:29:29.292',
      'Average',
      null,
      '{"version":"1.0","queryDate":"2022-01-26T13:29:29.292+0000","startDate":"2022-01-26T13:14:00.000+0000","statistic":"Average","period":300,"recentDatapoints":[38.364239895660816,38.391752618786896,38.395433048854194],"threshold":80.0,"evaluatedDatapoints":[{"timestamp":"2022-01-26T13:24:00.000+0000","sampleCount":4.0,"value":38.395433048854194}]}',
    ],
    [
      'without data (guide)',
      { of: 5, newest: '2023-08-04T12:30:00', values: [], threshold: 5 },
      '2023-08-04T12:31:29.591',
      'Average',
      null,
      '{"version":"1.0","queryDate":"2023-08-04T12:31:29.591+0000","statistic":"Average","period":60,"recentDatapoints":[],"threshold":5.0,"evaluatedDatapoints":[{"timestamp":"2023-08-04T12:30:00.000+0000"},{"timestamp":"2023-08-04T12:29:00.000+0000"},{"timestamp":"2023-08-04T12:28:00.000+0000"},{"timestamp":"2023-08-04T12:27:00.000+0000"},{"timestamp":"2023-08-04T12:26:00.000+0000"}]}',
    ],
    [
      'above a band (2024)',
      {
        of: [1, 1],
        newest: '2024-07-25T07:21:00',
        values: [239],
        bands: [[0, 225.71426732099445]],
        threshold: null,
        comparisonOperator: 'GreaterThanUpperThreshold',
      },
      '2024-07-25T07:22:32.386',
      null,
      null,
      '{"version":"1.0","queryDate":"2024-07-25T07:22:32.386+0000","startDate":"2024-07-25T07:21:00.000+0000","period":60,"recentDatapoints":[239.0],"recentUpperThresholds":[225.71426732099445],"evaluatedDatapoints":[{"timestamp":"2024-07-25T07:21:00.000+0000","value":239.0,"threshold":225.71426732099445}]}',
    ],
  ];
  const dataOf = (given: TimedWindow, queryDate: string, statistic: string | null, unit: string | null) => {
    const window = timedWindow(given);
    return reasonDataOf(evaluate(window, window.end), window, {
      queryDate: Date.parse(`${queryDate}Z`),
      statistic,
      unit,
    });
  };

  it.each(recorded)('%s', (_, given, queryDate, statistic, unit, expected) => {
    // Through JSON, since JavaScript does not tell 1.0 from 1.
    expect(JSON.stringify(dataOf(given, queryDate, statistic, unit))).toBe(JSON.stringify(JSON.parse(expected)));
  });

  // Truth: own reckoning: with two bounds there is no one threshold; a period without data is a time alone.
  const date = '2026-11-20T12:01:00';
  it('of a band with two bounds', () => {
    const bands = [[1, 2]] as const;
    const given: TimedWindow = { of: [1, 1], newest: '2026-11-20T12:00:00', values: [3], bands, threshold: null };
    const data = dataOf({ ...given, comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold' }, date, null, null);
    expect(data).toMatchObject({ recentLowerThresholds: [1], recentUpperThresholds: [2] });
    expect(data['evaluatedDatapoints']).toEqual([{ timestamp: '2026-11-20T12:00:00.000+0000', value: 3 }]);
  });

  it.each<[string, TimedWindow, string[]]>([
    [
      'breaching data points and missing ones that stand in for such',
      { of: [3, 4], newest: '2026-11-20T12:00:00', values: [null, 5, -1], treatMissingData: 'breaching' },
      ['12:00', '11:59 5', '11:57'],
    ],
    [
      'breaching data points only where the missing ones do not count',
      { of: [1, 3], newest: '2026-11-20T12:00:00', values: [null, 5], treatMissingData: 'notBreaching' },
      ['11:59 5'],
    ],
    [
      'no missing ones where they stand in for nothing',
      { of: [1, 3], newest: '2026-11-20T12:00:00', values: [null, -1] },
      ['11:59 -1'],
    ],
    [
      'as many missing ones as were filled in, where older data points took the places of others',
      {
        of: [1, 3],
        newest: '2026-11-20T12:00:00',
        values: [null, null, null, -1, -1],
        treatMissingData: 'notBreaching',
      },
      ['12:00', '11:57 -1', '11:56 -1'],
    ],
    [
      'the unknown ones beside a young breach',
      { of: [3, 3], newest: '2026-11-20T12:00:00', values: [5] },
      ['11:59', '11:58'],
    ],
  ])('evaluates %s', (_, given, expected) => {
    const evaluated = dataOf(given, date, null, null)['evaluatedDatapoints'] as { timestamp: string; value?: number }[];
    expect(evaluated.map(({ timestamp, value }) => [timestamp.slice(11, 16), value].join(' ').trim())).toEqual(
      expected,
    );
  });
});
