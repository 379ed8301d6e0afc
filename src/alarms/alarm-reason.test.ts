import { describe, expect, it } from 'vitest';
import { type TimedWindow, timedWindow } from '../../test/support/alarm-windows.js';
import { evaluate } from './alarm-evaluation.js';
import { initialReason, reasonOf } from './alarm-reason.js';

function reasonFor(given: TimedWindow): string {
  const window = timedWindow(given);
  return reasonOf(evaluate(window, window.end), window);
}

const some = (count: number, value: number) => Array<number>(count).fill(value);

describe('reasons', () => {
  // Truth: messages of CloudWatch. Those of the guide stand in "Alarm events and EventBridge" and "Invoke a Lambda function";
  // the others were received in the year given, and published.
  const recorded: [string, TimedWindow, string][] = [
    [
      'ALARM (guide)',
      { of: [1, 1], newest: '2019-10-02T16:59:00', values: [99.5], threshold: 50 },
      'Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'OK (2021)',
      { of: [1, 1], newest: '2021-06-10T04:23:00', values: [9.395], threshold: 50 },
      'Threshold Crossed: 1 out of the last 1 datapoints [9.395 (10/06/21 04:23:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).',
    ],
    [
      'or equal to (2022)',
      {
        of: [1, 1],
        newest: '2022-08-01T15:05:00',
        values: [1],
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
      'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/08/22 15:05:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'less than or equal to (2024)',
      {
        of: [1, 1],
        newest: '2024-04-23T20:44:00',
        period: 300,
        values: [3.4666088898518357],
        threshold: 20,
        comparisonOperator: 'LessThanOrEqualToThreshold',
      },
      'Threshold Crossed: 1 out of the last 1 datapoints [3.4666088898518357 (23/04/24 20:44:00)] was less than or equal to the threshold (20.0) (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'several, the newest first (2021)',
      {
        of: [3, 3],
        newest: '2021-07-14T23:18:00',
        values: [8.891518474692088, 9.72, 9.18241509182415],
        threshold: 7,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
      'Threshold Crossed: 3 out of the last 3 datapoints [8.891518474692088 (14/07/21 23:18:00), 9.72 (14/07/21 23:17:00), 9.18241509182415 (14/07/21 23:16:00)] were greater than or equal to the threshold (7.0) (minimum 3 datapoints for OK -> ALARM transition).',
    ],
    [
      'several that do not breach (2020)',
      {
        of: [2, 2],
        newest: '2020-10-05T06:42:00',
        period: 300,
        values: [10, 10],
        threshold: 30,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
      'Threshold Crossed: 2 out of the last 2 datapoints [10.0 (05/10/20 06:42:00), 10.0 (05/10/20 06:37:00)] were not greater than or equal to the threshold (30.0) (minimum 1 datapoint for ALARM -> OK transition).',
    ],
    [
      'only those that do not breach (2021)',
      { of: [3, 5], newest: '2021-12-21T06:45:00', values: [0, 0, 1, 0, 1] },
      'Threshold Crossed: 3 out of the last 5 datapoints [0.0 (21/12/21 06:45:00), 0.0 (21/12/21 06:44:00), 0.0 (21/12/21 06:42:00)] were not greater than the threshold (0.0) (minimum 3 datapoints for ALARM -> OK transition).',
    ],
    [
      'only the one that does not breach (2023)',
      {
        of: [2, 2],
        newest: '2023-06-02T12:28:00',
        values: [0, 1],
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
      'Threshold Crossed: 1 out of the last 2 datapoints [0.0 (02/06/23 12:28:00)] was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).',
    ],
    [
      'five or more (2020)',
      {
        of: [5, 5],
        newest: '2020-04-29T23:32:00',
        values: some(5, 0),
        threshold: 65,
        comparisonOperator: 'LessThanThreshold',
      },
      'Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold (65.0). The most recent datapoints which crossed the threshold: [0.0 (29/04/20 23:32:00), 0.0 (29/04/20 23:31:00), 0.0 (29/04/20 23:30:00), 0.0 (29/04/20 23:29:00), 0.0 (29/04/20 23:28:00)] (minimum 5 datapoints for OK -> ALARM transition).',
    ],
    [
      'thirty (2024)',
      { of: [30, 30], newest: '2024-12-06T05:34:00', values: [60, 60, ...some(28, 59)], threshold: 20 },
      'Threshold Crossed: 30 out of the last 30 datapoints were greater than the threshold (20.0). The most recent datapoints which crossed the threshold: [60.0 (06/12/24 05:34:00), 60.0 (06/12/24 05:33:00), 59.0 (06/12/24 05:32:00), 59.0 (06/12/24 05:31:00), 59.0 (06/12/24 05:30:00)] (minimum 30 datapoints for OK -> ALARM transition).',
    ],
    [
      'missing data taken as within the threshold (2024)',
      {
        of: [1, 20],
        newest: '2024-03-16T12:15:00',
        values: [613],
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        treatMissingData: 'notBreaching',
      },
      'Threshold Crossed: 1 out of the last 20 datapoints [613.0 (16/03/24 12:15:00)] was greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'M not stated (2014)',
      { of: 1, newest: '2014-11-05T19:12:00', values: [3], threshold: 1 },
      'Threshold Crossed: 1 datapoint [3.0 (05/11/14 19:12:00)] was greater than the threshold (1.0).',
    ],
    [
      'M not stated, several (2026)',
      { of: 2, newest: '2026-09-07T06:14:00', values: [99.97497497497497, 65.61771561771562], threshold: 40 },
      'Threshold Crossed: 2 datapoints [99.97497497497497 (07/09/26 06:14:00), 65.61771561771562 (07/09/26 06:13:00)] were greater than the threshold (40.0).',
    ],
    [
      'M not stated, several that do not breach (2022)',
      {
        of: 3,
        newest: '2022-03-11T10:58:00',
        period: 300,
        values: [0.050002640067216934, 0.04333311112870379, 0.03166697224583412],
        threshold: 60,
      },
      'Threshold Crossed: 3 datapoints [0.050002640067216934 (11/03/22 10:58:00), 0.04333311112870379 (11/03/22 10:53:00), 0.03166697224583412 (11/03/22 10:48:00)] were not greater than the threshold (60.0).',
    ],
    [
      'M not stated, the one that does not breach (2026)',
      { of: 3, newest: '2026-08-19T09:48:00', period: 180, values: [0, 2, 3] },
      'Threshold Crossed: 1 datapoint [0.0 (19/08/26 09:48:00)] was not greater than the threshold (0.0).',
    ],
    [
      'M not stated, five or more (2017)',
      { of: 5, newest: '2017-08-08T20:09:00', values: some(5, 27.5), threshold: 10 },
      'Threshold Crossed: 5 datapoints were greater than the threshold (10.0). The most recent datapoints which crossed the threshold: [27.5 (08/08/17 20:09:00), 27.5 (08/08/17 20:08:00), 27.5 (08/08/17 20:07:00), 27.5 (08/08/17 20:06:00), 27.5 (08/08/17 20:05:00)].',
    ],
    [
      'missing data taken as breaching (2026)',
      {
        of: 2,
        newest: '2026-04-20T18:45:00',
        values: [0],
        threshold: 1,
        comparisonOperator: 'LessThanThreshold',
        treatMissingData: 'breaching',
      },
      'Threshold Crossed: 1 datapoint [0.0 (20/04/26 18:45:00)] was less than the threshold (1.0) and 1 missing datapoint was treated as [Breaching].',
    ],
    [
      'missing data taken as breaching, to no effect (2026)',
      {
        of: 3,
        newest: '2026-08-26T16:16:00',
        values: [1],
        threshold: 1,
        comparisonOperator: 'LessThanThreshold',
        treatMissingData: 'breaching',
      },
      'Threshold Crossed: 1 datapoint [1.0 (26/08/26 16:16:00)] was not less than the threshold (1.0) and 2 missing datapoints were treated as [Breaching].',
    ],
    [
      'nothing but missing data (2018)',
      { of: 1, newest: '2018-09-16T00:21:00', values: [], treatMissingData: 'notBreaching' },
      'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
    ],
    [
      'nothing but missing data of several periods (2026)',
      { of: [2, 2], newest: '2026-08-09T21:54:00', values: [], treatMissingData: 'breaching' },
      'Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].',
    ],
    [
      'ALARM by missing data alone (2026)',
      { of: [2, 3], newest: '2026-09-05T10:00:00', values: [0], treatMissingData: 'breaching' },
      'Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].',
    ],
    [
      'INSUFFICIENT_DATA (2024)',
      { of: [1, 1], newest: '2024-02-16T10:02:00', values: [], threshold: 1 },
      'Insufficient Data: 1 datapoint was unknown.',
    ],
    [
      'INSUFFICIENT_DATA of several periods (guide)',
      { of: [5, 5], newest: '2023-08-04T12:30:00', values: [], threshold: 5 },
      'Insufficient Data: 5 datapoints were unknown.',
    ],
    [
      'outside of a band (guide)',
      {
        of: [1, 1],
        newest: '2019-10-03T15:58:00',
        values: [0],
        bands: [[0.020599444741798756, 0.3006915352732461]],
        threshold: null,
        comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
      },
      'Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (03/10/19 15:58:00)] was less than the lower thresholds [0.020599444741798756] or greater than the upper thresholds [0.3006915352732461] (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'within a band (guide)',
      {
        of: [1, 1],
        newest: '2019-10-03T15:57:00',
        values: [0.166666666664241],
        bands: [[0.0206719426210418, 0.30076870222143803]],
        threshold: null,
        comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
      },
      'Thresholds Crossed: 1 out of the last 1 datapoints [0.166666666664241 (03/10/19 15:57:00)] was not less than the lower thresholds [0.0206719426210418] or not greater than the upper thresholds [0.30076870222143803] (minimum 1 datapoint for ALARM -> OK transition).',
    ],
    [
      'several outside of their bands (2019)',
      {
        of: [2, 2],
        newest: '2019-11-22T00:57:00',
        period: 300,
        values: [28.244242980188464, 27.035814838199848],
        bands: [
          [31.723549397187316, 33.09242087209403],
          [31.317673764600034, 32.68864166862828],
        ],
        threshold: null,
        comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
      },
      'Thresholds Crossed: 2 out of the last 2 datapoints [28.244242980188464 (22/11/19 00:57:00), 27.035814838199848 (22/11/19 00:52:00)] were less than the lower thresholds [31.723549397187316, 31.317673764600034] or greater than the upper thresholds [33.09242087209403, 32.68864166862828] (minimum 2 datapoints for OK -> ALARM transition).',
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
      'Thresholds Crossed: 1 out of the last 1 datapoints [239.0 (25/07/24 07:21:00)] was greater than the upper thresholds [225.71426732099445] (minimum 1 datapoint for OK -> ALARM transition).',
    ],
    [
      'not above a band (2024)',
      {
        of: [1, 1],
        newest: '2024-07-25T06:59:00',
        values: [209],
        bands: [[0, 330.3191408914422]],
        threshold: null,
        comparisonOperator: 'GreaterThanUpperThreshold',
      },
      'Thresholds Crossed: 1 out of the last 1 datapoints [209.0 (25/07/24 06:59:00)] was not greater than the upper thresholds [330.3191408914422] (minimum 1 datapoint for ALARM -> OK transition).',
    ],
  ];
  it.each(recorded)('%s', (_, given, expected) => {
    expect(reasonFor(given)).toBe(expected);
  });

  // Truth: own reckoning, by the pattern of the recorded ones.
  const reckoned: [string, TimedWindow, string][] = [
    [
      'ALARM with less than M data points, which have breached for long',
      { of: [3, 3], newest: '2026-11-20T12:00:00', values: [null, null, 7] },
      'Threshold Crossed: 1 out of the last 3 datapoints [7.0 (20/11/26 11:58:00)] was greater than the threshold (0.0) (minimum 3 datapoints for OK -> ALARM transition).',
    ],
    [
      'INSUFFICIENT_DATA with a data point that has not breached for long',
      { of: [3, 3], newest: '2026-11-20T12:00:00', values: [7] },
      'Insufficient Data: 2 datapoints were unknown.',
    ],
    [
      'OK by missing data alone',
      { of: [3, 3], newest: '2026-11-20T12:00:00', values: [7, 8], treatMissingData: 'notBreaching' },
      'Threshold Crossed: 2 datapoints were received for 3 periods and 1 missing datapoint was treated as [NonBreaching].',
    ],
    [
      'five or more that do not breach',
      { of: [5, 5], newest: '2026-11-20T12:00:00', values: [0, -1, -2, -3, -4] },
      'Threshold Crossed: 5 out of the last 5 datapoints were not greater than the threshold (0.0). The most recent datapoints: [0.0 (20/11/26 12:00:00), -1.0 (20/11/26 11:59:00), -2.0 (20/11/26 11:58:00), -3.0 (20/11/26 11:57:00), -4.0 (20/11/26 11:56:00)] (minimum 1 datapoint for ALARM -> OK transition).',
    ],
    [
      'five or more below a band, and missing data',
      {
        of: [6, 7],
        newest: '2026-11-20T12:00:00',
        values: [1, 1, 1, 1, 1],
        bands: some(5, 0).map(() => [2, 3] as const),
        threshold: null,
        comparisonOperator: 'LessThanLowerThreshold',
        treatMissingData: 'breaching',
      },
      'Thresholds Crossed: 5 out of the last 7 datapoints were less than the lower thresholds and 2 missing datapoints were treated as [Breaching]. The most recent datapoints which crossed the thresholds: [1.0 (20/11/26 12:00:00), 1.0 (20/11/26 11:59:00), 1.0 (20/11/26 11:58:00), 1.0 (20/11/26 11:57:00), 1.0 (20/11/26 11:56:00)] (minimum 6 datapoints for OK -> ALARM transition).',
    ],
    [
      'great numbers and years',
      { of: [1, 1], newest: '2000-01-09T00:00:00', values: [12_000_000_000], threshold: 10_000_000_000 },
      'Threshold Crossed: 1 out of the last 1 datapoints [1.2E10 (09/01/00 00:00:00)] was greater than the threshold (1.0E10) (minimum 1 datapoint for OK -> ALARM transition).',
    ],
  ];
  it.each(reckoned)('%s', (_, given, expected) => {
    expect(reasonFor(given)).toBe(expected);
  });

  // Truth: CloudWatch guide, "Alarm events and EventBridge".
  it('of a new alarm', () => {
    expect(initialReason).toBe('Unchecked: Initial alarm creation');
  });
});
