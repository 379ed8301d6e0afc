import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import { parseMetricAlarm } from './alarm-settings.js';
import { parseCompositeAlarm } from './composite-alarm-settings.js';
import { firstJudging, judgedPart, nextJudging } from './judging-times.js';

const everyone = scopeOfGrant(null);
const at = (time: string) => new Date(`2023-07-10T${time}Z`);
const composite = parseCompositeAlarm({ alarmName: 'all', alarmRule: 'ALARM(a)' }, everyone);
const metric = (change: object = {}) =>
  parseMetricAlarm(
    {
      alarmName: 'errors',
      namespace: 'Shop',
      metricName: 'Errors',
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanThreshold',
      ...change,
    },
    everyone,
  );

// Truth: own reckoning, on paper.
describe('a new alarm', () => {
  it.each([
    ['of 5 min', {}, '12:03:20', '11:25:00', '12:05:00'],
    ['of 5 min, on the beat', {}, '12:05:00', '11:30:00', '12:10:00'],
    ['of 10 s', { period: 10, evaluationDelay: 60 }, '12:03:24', '12:02:10', '12:03:30'],
    ['without a delay', { evaluationDelay: 0 }, '12:03:20', '11:55:00', '12:05:00'],
  ])('%s is judged from one delay ago, and to the end of this period', (_, change, now, from, early) => {
    expect(firstJudging(metric(change), at(now))).toEqual({
      judgedFrom: at(from),
      judgedThrough: at(from),
      closedThrough: null,
      earlyThrough: at(early),
    });
  });

  it('that is a composite is judged from now on', () => {
    const now = at('12:03:20');
    expect(firstJudging(composite, now)).toMatchObject({ judgedFrom: now, judgedThrough: now, earlyThrough: null });
  });
});

describe('an alarm that is judged otherwise from now on', () => {
  it.each([
    ['keeps what was judged', 300, '11:30:00', '11:30:00', '12:05:00'],
    ['goes on from the last end of a longer period', 3600, '11:30:00', '11:00:00', '13:00:00'],
    ['goes on from the same place with a shorter one', 60, '11:30:00', '11:30:00', '12:04:00'],
  ])('%s', (_, period, judged, closed, early) => {
    expect(nextJudging(metric({ period }), at(judged), at('12:03:20'))).toEqual({
      judgedThrough: at(closed),
      closedThrough: at(closed),
      earlyThrough: at(early),
    });
  });

  it('closes all that a composite has judged', () => {
    const [judgedThrough, now] = [at('11:59:59'), at('12:03:20')];
    expect(nextJudging(composite, judgedThrough, now)).toMatchObject({ judgedThrough, closedThrough: now });
  });
});

// Truth: what an alarm is called and whom it tells does not decide its state; all else may.
describe('what an alarm is judged by', () => {
  it.each([
    ['its description', { alarmDescription: 'x' }, false],
    ['its actions', { alarmActions: ['a'], okActions: ['b'], insufficientDataActions: ['c'] }, false],
    ['whether they run', { actionsEnabled: false }, false],
    ['its tags', { tags: { a: 'b' } }, false],
    ['its accounts', { accountIds: ['111111111111'] }, true],
    ['its threshold', { threshold: 2 }, true],
    ['its delay', { evaluationDelay: 0 }, true],
    ['its unit', { unit: 'Count' }, true],
  ])('%s: changed %o: %s', (_, change, isJudged) => {
    const [one, other] = [judgedPart(metric()), judgedPart(metric(change))];
    if (isJudged) expect(other).not.toEqual(one);
    else expect(other).toEqual(one);
  });
});
