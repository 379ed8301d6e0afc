import { describe, expect, it } from 'vitest';
import { alarmWindow, pointOfAge, windowEnd, windowPeriodMs } from '../../test/support/alarm-windows.js';
import { Random } from '../lib/random.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { type AlarmWindow, type EvaluationSettings, evaluate } from './alarm-evaluation.js';
import type { ComparisonOperator } from './comparison-operator.js';

const states: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

describe('an early ALARM', () => {
  const operators = {
    up: ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold'],
    down: ['LessThanThreshold', 'LessThanOrEqualToThreshold'],
  } as const;
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

  /** A window of random settings, of which a random part of the data has come. */
  function partOfWindow(random: Random): AlarmWindow {
    const direction = random.pick(['up', 'down'] as const);
    const evaluationPeriods = random.between(1, 8);
    const settings: Partial<EvaluationSettings> = {
      direction,
      evaluationPeriods,
      datapointsToAlarm: random.chance(0.2) ? null : random.between(1, evaluationPeriods),
      comparisonOperator: random.pick<ComparisonOperator>(operators[direction]),
      treatMissingData: random.pick(treatments),
    };
    const density = random.fraction();
    const ages = Array.from({ length: evaluationPeriods + 5 }, (_, index) => evaluationPeriods + 5 - index);
    const points = ages.filter(() => random.chance(density)).map((age) => pointOfAge(age, random.between(0, 10)));
    return { ...alarmWindow(settings, points), previous: random.pick(states), completeThrough: null };
  }

  const withMore = (window: AlarmWindow, valueAt: (age: number, before: number | undefined) => number | null) => {
    const before = new Map(window.points.map(({ time, value }) => [(windowEnd - time) / windowPeriodMs, value]));
    const points = Array.from({ length: 20 }, (_, index) => 20 - index).flatMap((age) => {
      const value = valueAt(age, before.get(age));
      return value === null ? [] : [pointOfAge(age, value)];
    });
    return { ...window, points, completeThrough: windowEnd };
  };

  // Truth: the decision once all data is there.
  it('stays ALARM whatever data still comes, in 10,000 random windows', () => {
    let alarms = 0;
    for (let seed = 0; seed < 10_000; seed++) {
      const random = new Random(`early ${seed}`);
      const window = partOfWindow(random);
      const { state, isKept } = evaluate(window, windowEnd);
      if (isKept) expect(state).toBe(window.previous);
      if (isKept) continue;
      alarms++;
      const sign = window.settings.direction === 'up' ? 1 : -1;
      const moreChance = random.fraction();
      const complete = withMore(window, (_, value) => {
        if (value !== undefined) return value + (random.chance(moreChance) ? sign * random.between(0, 9) : 0);
        return random.chance(moreChance) ? random.between(-10, 20) : null;
      });
      const decided = evaluate({ ...complete, previous: random.pick(states) }, windowEnd);
      expect({ seed, state, decided: decided.state }).toEqual({ seed, state: 'ALARM', decided: 'ALARM' });
    }
    expect(alarms).toBeGreaterThan(2000);
  });

  it('comes as early as it can: in any other window data may come with which it is not ALARM', () => {
    let others = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const window = partOfWindow(new Random(`as early ${seed}`));
      if (!evaluate(window, windowEnd).isKept) continue;
      others++;
      const within = window.settings.direction === 'up' ? 0 : 10;
      const complete = withMore(window, (_, value) => value ?? within);
      expect({ seed, state: evaluate(complete, windowEnd).state }).toEqual({ seed, state: 'OK' });
    }
    expect(others).toBeGreaterThan(500);
  });
});
