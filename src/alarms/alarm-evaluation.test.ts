import { describe, expect, it } from 'vitest';
import {
  alarmWindow,
  type Cell,
  drawnPoints,
  type GuideRow,
  guideTables,
  pointOfAge,
  windowEnd,
  windowPeriodMs,
} from '../../test/support/alarm-windows.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { TreatMissingData } from './alarm-definition.js';
import {
  type AlarmWindow,
  type EvaluationSettings,
  evaluate,
  evaluationRange,
  minimumSamplesFor,
  type WindowPoint,
} from './alarm-evaluation.js';
import type { ComparisonOperator } from './comparison-operator.js';

const states: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

function expectCells([drawing, datapointsToAlarm, ...cells]: GuideRow): void {
  const treatments: readonly TreatMissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
  for (const [index, treatMissingData] of treatments.entries()) {
    const cell = cells[index] as Cell;
    for (const previous of states) {
      const window = { ...alarmWindow({ datapointsToAlarm, treatMissingData }, drawnPoints(drawing)), previous };
      const { state, isFinal, isKept } = evaluate(window, windowEnd);
      const expected = cell === 'keep' ? { state: previous, isKept: true } : { state: cell, isKept: false };
      expect({ treatMissingData, previous, state, isFinal, isKept }).toEqual({
        treatMissingData,
        previous,
        isFinal: true,
        ...expected,
      });
    }
  }
}

// Truth: CloudWatch guide, "Configuring how CloudWatch alarms treat missing data", both tables: 10 rows of 4 cells.
describe('missing data, by the tables of the guide', () => {
  it.each(guideTables)('%s with %i of 3 is %s, %s, %s, %s', (...row) => expectCells(row));
});

// Truth: the rows that the tables of the guide had in 2019, before it only said of such data that they are not ALARM yet.
describe('missing data, by the former tables of the guide', () => {
  const rows: GuideRow[] = [
    ['- - - - X', 3, 'INSUFFICIENT_DATA', 'keep', 'ALARM', 'OK'],
    ['X - - - -', 3, 'ALARM', 'keep', 'ALARM', 'OK'],
    ['- - - - X', 2, 'INSUFFICIENT_DATA', 'keep', 'ALARM', 'OK'],
  ];
  it.each(rows)('%s with %i of 3 is %s, %s, %s, %s', (...row) => expectCells(row));
});

describe('missing data, beyond the tables', () => {
  // Truth: the text beside the tables ("Avoiding premature transitions to alarm state").
  it.each<[string, number, Cell]>([
    ['- - - X -', 3, 'INSUFFICIENT_DATA'],
    ['- - - X 0', 3, 'OK'],
    ['- - X - 0', 3, 'OK'],
    ['- - X - X', 3, 'ALARM'],
    ['- - - X X', 3, 'INSUFFICIENT_DATA'],
  ])('%s with %i of 3 is %s', (drawing, datapointsToAlarm, state) => {
    expect(evaluate(alarmWindow({ datapointsToAlarm }, drawnPoints(drawing)), windowEnd).state).toBe(state);
  });

  // Truth: own reckoning. Five periods are looked at, and a period belongs to them as a whole.
  it('does not look at data points before the evaluation range, or after the window', () => {
    const points = [pointOfAge(7, 9), pointOfAge(6, 9), pointOfAge(0, 9), pointOfAge(-1, 9)];
    expect(evaluate(alarmWindow({}, points), windowEnd)).toMatchObject({ state: 'INSUFFICIENT_DATA', evaluated: [] });
  });

  it('tells what it evaluated, and how many missing data points it filled in', () => {
    const points = drawnPoints('0 - X - -');
    expect(evaluate(alarmWindow({ treatMissingData: 'breaching' }, points), windowEnd)).toMatchObject({
      evaluated: points,
      filled: 1,
    });
    expect(evaluate(alarmWindow({ treatMissingData: 'missing' }, points), windowEnd)).toMatchObject({ filled: 0 });
    expect(evaluate(alarmWindow({ treatMissingData: 'breaching' }, drawnPoints('X X X X X')), windowEnd)).toMatchObject(
      {
        evaluated: drawnPoints('X X X'),
        filled: 0,
      },
    );
  });
});

// Truth: CloudWatch guide, "Evaluating an alarm": the figure of an alarm with 3 of 3, in its third to ninth period.
it('goes through the figure of the guide', () => {
  const drawing = '0 0 X X X 0 0 0 X'.split(' ');
  const told = [3, 4, 5, 6, 7, 8, 9].map(
    (length) => evaluate(alarmWindow({}, drawnPoints(drawing.slice(0, length).join(' '))), windowEnd).state,
  );
  expect(told).toEqual(['OK', 'OK', 'ALARM', 'OK', 'OK', 'OK', 'OK']);
});

// Truth: the guide has 5 for 3; the others by the formula that the range is taken to follow.
it.each([
  [1, 3],
  [2, 4],
  [3, 5],
  [8, 10],
  [9, 12],
  [60, 80],
])('looks for %i data points in %i periods', (evaluationPeriods, range) => {
  expect(evaluationRange({ evaluationPeriods })).toBe(range);
});

describe('what breaches', () => {
  // Truth: the names of the operators (API reference, PutMetricAlarm), at the threshold and on both of its sides.
  it.each<[ComparisonOperator, string]>([
    ['GreaterThanOrEqualToThreshold', '5 6'],
    ['GreaterThanThreshold', '6'],
    ['LessThanThreshold', '4'],
    ['LessThanOrEqualToThreshold', '4 5'],
  ])('%s 5: %s', (comparisonOperator, expected) => {
    expect(breachingOf({ comparisonOperator }, {})).toBe(expected);
  });

  // Truth: the guide on anomaly detection: outside of the band, whose bounds belong to it.
  it.each<[ComparisonOperator, string]>([
    ['LessThanLowerOrGreaterThanUpperThreshold', '3 7'],
    ['LessThanLowerThreshold', '3'],
    ['GreaterThanUpperThreshold', '7'],
  ])('%s of a band from 4 to 6: %s', (comparisonOperator, expected) => {
    expect(breachingOf({ comparisonOperator, threshold: null }, { lower: 4, upper: 6 })).toBe(expected);
    expect(breachingOf({ comparisonOperator, threshold: null }, {})).toBe('');
  });

  const breachingOf = (settings: Partial<EvaluationSettings>, band: Partial<WindowPoint>) =>
    [3, 4, 5, 6, 7]
      .filter((value) => value >= 4 || band.lower !== undefined)
      .filter((value) => value <= 6 || band.upper !== undefined)
      .filter((value) => {
        const window = alarmWindow({ ...settings, evaluationPeriods: 1, datapointsToAlarm: 1 }, [
          pointOfAge(1, value, band),
        ]);
        return evaluate(window, windowEnd).state === 'ALARM';
      })
      .join(' ');
});

// Truth: the guide, "Percentile-based alarms and low data samples": 1,000 for p99; the others by its formula.
it.each([
  [0.99, 1000],
  [0.5, 20],
  [0.9, 100],
  [0.95, 200],
  [0.999, 10_000],
  [0.1, 100],
  [0.25, 40],
  [0.01, 1000],
  [0, 0],
  [1, 0],
])('a percentile of %d is significant with %i samples', (percentile, samples) => {
  expect(minimumSamplesFor(percentile)).toBe(samples);
});

// Truth: API reference, EvaluateLowSampleCountPercentile: the state does not change in a period with too few samples.
describe('a percentile with few samples', () => {
  const settings = { minimumSamples: 1000, evaluationPeriods: 1, datapointsToAlarm: 1 };
  it.each<[string, WindowPoint[], AlarmState, boolean]>([
    ['in its newest data point keeps the state', [pointOfAge(1, 9, { sampleCount: 999 })], 'INSUFFICIENT_DATA', true],
    ['within what is enough changes it', [pointOfAge(1, 9, { sampleCount: 1000 })], 'ALARM', false],
    ['that are not known changes it', [pointOfAge(1, 9)], 'ALARM', false],
    [
      'in a data point before the newest changes it',
      [pointOfAge(2, 1, { sampleCount: 3 }), pointOfAge(1, 9, { sampleCount: 1000 })],
      'ALARM',
      false,
    ],
    [
      'keeps the state as long as nothing newer comes',
      [pointOfAge(2, 9, { sampleCount: 3 })],
      'INSUFFICIENT_DATA',
      true,
    ],
  ])('%s', (_, points, state, isKept) => {
    const window: AlarmWindow = { ...alarmWindow(settings, points), previous: 'INSUFFICIENT_DATA' };
    expect(evaluate(window, windowEnd)).toMatchObject({ state, isKept, isFinal: true });
  });
});

// Truth: own reckoning: all data has come, or the delay of 20 minutes is over.
describe('when a window is decided', () => {
  const late = windowEnd + 1_200_000;
  it.each<[string, number | null, number, boolean]>([
    ['at its end, all data being there', windowEnd, windowEnd, true],
    ['with data beyond its end', windowEnd + 1, windowEnd, true],
    ['not with data up to just before its end', windowEnd - 1, late - 1, false],
    ['not while nothing is known of the data', null, late - 1, false],
    ['once the delay is over', null, late, true],
    ['once the delay is over, whatever the data', windowEnd - windowPeriodMs, late, true],
  ])('%s', (_, completeThrough, now, isFinal) => {
    const window = { ...alarmWindow({}, drawnPoints('X X X')), completeThrough };
    const expected = isFinal ? { state: 'ALARM', isKept: false } : { state: 'OK', isKept: true };
    expect(evaluate(window, now)).toMatchObject({ ...expected, isFinal });
  });
});

describe('before a window is decided', () => {
  const rising: Partial<EvaluationSettings> = { direction: 'up', datapointsToAlarm: 2 };
  const early = (settings: Partial<EvaluationSettings>, points: readonly WindowPoint[], hasNegative = false) =>
    evaluate({ ...alarmWindow(settings, points), completeThrough: null, hasNegative }, windowEnd);

  // Truth: own reckoning: more data may be added to each period, or a first one to a missing one.
  it.each<[string, Partial<EvaluationSettings>, string]>([
    ['rises over a threshold', {}, 'X - X'],
    ['rises to a threshold', { comparisonOperator: 'GreaterThanOrEqualToThreshold' }, 'X - X'],
    ['falls below a threshold', { direction: 'down', comparisonOperator: 'LessThanThreshold' }, '0 - 0'],
    ['falls to a threshold', { direction: 'down', comparisonOperator: 'LessThanOrEqualToThreshold' }, '0 - 0'],
    ['has nothing filled in', { treatMissingData: 'notBreaching' }, 'X - X'],
    ['ignores what is missing', { treatMissingData: 'ignore' }, 'X - X'],
  ])('it is ALARM already where a statistic %s', (_, settings, drawing) => {
    expect(early({ ...rising, ...settings }, drawnPoints(drawing))).toMatchObject({
      state: 'ALARM',
      isFinal: false,
      isKept: false,
    });
  });

  it.each<[string, Partial<EvaluationSettings>, string]>([
    ['may go either way', { direction: null }, 'X X X'],
    ['rises, and has to be low', { comparisonOperator: 'LessThanThreshold' }, '0 0 0'],
    ['falls, and has to be high', { direction: 'down' }, 'X X X'],
    ['breaches too rarely', {}, '0 - X'],
    ['breaches in periods that newer ones may push out', {}, 'X X - - -'],
    ['breaches only with what is missing', { treatMissingData: 'breaching' }, '- - X'],
    ['is a percentile that needs samples', { minimumSamples: 10 }, 'X X X'],
    ['has a band', { comparisonOperator: 'GreaterThanUpperThreshold', threshold: null }, 'X X X'],
  ])('it keeps its state where a statistic %s', (_, settings, drawing) => {
    const points = drawnPoints(drawing).map((one) => ({ ...one, lower: 0, upper: 5 }));
    expect(early({ ...rising, ...settings }, points)).toMatchObject({ state: 'OK', isFinal: false, isKept: true });
  });

  it('keeps its state where a Sum has values below zero, which may take it down again', () => {
    expect(early(rising, drawnPoints('X X X'), true)).toMatchObject({ state: 'OK', isKept: true });
  });
});
