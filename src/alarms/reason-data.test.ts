import { describe, expect, it } from 'vitest';
import { alarmChange, announcement, compositeAlarm } from '../../test/support/alarm-announcements.js';
import { decidingTimesOf, triggeringAlarmsOf } from './reason-data.js';
import { snsMessage } from './sns-message.js';

const arn = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:cpu';
const child = { arn, state: { value: 'ALARM', timestamp: '2026-10-02T17:04:40.989+0000' } };
const point = { timestamp: '2026-10-02T17:00:00.000+0000', value: 3 };

// Truth: own rule; whoever sets a state by hand may give any data as its reason.
describe('data that no judgement has written', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'cpu'],
    ['an object', { length: 1, 0: child }],
    ['a list of null', [null]],
    ['a list of texts', ['cpu', arn]],
    ['a list of lists', [[child]]],
    ['an alarm without a state', [{ arn: 'x' }]],
    ['an alarm whose state is a text', [{ arn, state: 'ALARM' }]],
    ['an alarm whose state has no time', [{ arn, state: { value: 'ALARM' } }]],
    ['an alarm whose name is an object', [{ ...child, arn: { toString: 1 } }]],
  ])('names no triggering alarms: %s', (_what, triggeringAlarms) => {
    expect(triggeringAlarmsOf({ triggeringAlarms } as never)).toEqual([]);
    const change = alarmChange({ definition: compositeAlarm(), stateReasonData: { triggeringAlarms } });
    expect(JSON.parse(snsMessage(announcement({ change })))).toMatchObject({ TriggeringChildren: [] });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list of null', [null]],
    ['a number', [3]],
    ['a period without a value', [{ timestamp: point.timestamp }]],
    ['a value that is null', [{ ...point, value: null }]],
    ['a time that is none', [{ ...point, timestamp: 'soon' }]],
    ['a time that is an object', [{ ...point, timestamp: { toString: 1 } }]],
    ['a time before 1970', [{ ...point, timestamp: '1969-12-31T23:59:59Z' }]],
    ['a time after 2100', [{ ...point, timestamp: '2100-01-01T00:00:00Z' }]],
    ['the last time of all', [{ ...point, timestamp: '+275760-09-13T00:00:00Z' }]],
  ])('tells of no data points: %s', (_what, evaluatedDatapoints) => {
    expect(decidingTimesOf({ evaluatedDatapoints } as never)).toEqual([]);
  });

  it('hides nothing of what stands beside it', () => {
    expect(triggeringAlarmsOf({ triggeringAlarms: [null, child, {}] })).toEqual([child]);
    expect(decidingTimesOf({ evaluatedDatapoints: [null, point, {}] })).toEqual([Date.parse('2026-10-02T17:00:00Z')]);
    expect([triggeringAlarmsOf(null), decidingTimesOf(null)]).toEqual([[], []]);
  });
});
