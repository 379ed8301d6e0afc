import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import type { PutCompositeAlarmInput } from './alarm.inputs.js';
import { parseCompositeAlarm } from './composite-alarm-settings.js';

const everyone = scopeOfGrant(null);
const plain: PutCompositeAlarmInput = { alarmName: 'all', alarmRule: 'ALARM(a) AND NOT OK("b c")' };
const suppressed = {
  actionsSuppressor: 'window',
  actionsSuppressorWaitPeriod: 60,
  actionsSuppressorExtensionPeriod: 0,
};

// Truth: the descriptions of `PutCompositeAlarmInput` in the schema.
it('has defaults for what is left out', () => {
  expect(parseCompositeAlarm(plain, everyone)).toEqual({
    alarmType: 'COMPOSITE',
    alarmName: 'all',
    alarmDescription: null,
    accountIds: null,
    actionsEnabled: true,
    alarmActions: [],
    okActions: [],
    insufficientDataActions: [],
    tags: {},
    alarmRule: 'ALARM(a) AND NOT OK("b c")',
    actionsSuppressor: null,
    actionsSuppressorWaitPeriod: null,
    actionsSuppressorExtensionPeriod: null,
  });
});

// Truth: PutCompositeAlarm, Amazon CloudWatch API Reference: a suppressor is a name or an ARN, and needs both periods.
describe('a suppressor', () => {
  it.each([
    ['by its name', 'window', 'window'],
    ['by its ARN', 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:my: window', 'my: window'],
    ['by an ARN of ours', 'arn:aws:cloudwatch:::alarm:window', 'window'],
  ])('is taken %s', (_, actionsSuppressor, name) => {
    expect(parseCompositeAlarm({ ...plain, ...suppressed, actionsSuppressor }, everyone)).toMatchObject({
      actionsSuppressor: name,
      actionsSuppressorWaitPeriod: 60,
      actionsSuppressorExtensionPeriod: 0,
    });
  });
});

// Truth: as above; positions counted by hand.
describe('a composite alarm is refused', () => {
  const cases: [string, object, string, number?][] = [
    ['without a rule', { alarmRule: '' }, 'alarmRule', 0],
    ['with half a rule', { alarmRule: 'ALARM(a) AND' }, 'alarmRule', 12],
    ['with an unknown function', { alarmRule: 'ALARMED(a)' }, 'alarmRule', 0],
    ['with a name of two lines', { alarmName: 'a\n' }, 'alarmName'],
    ['with an action twice', { alarmActions: ['a', 'a'] }, 'alarmActions[1]'],
    ['without a wait', { ...suppressed, actionsSuppressorWaitPeriod: null }, 'actionsSuppressorWaitPeriod'],
    [
      'without an extension',
      { ...suppressed, actionsSuppressorExtensionPeriod: null },
      'actionsSuppressorExtensionPeriod',
    ],
    ['with a wait below 0', { ...suppressed, actionsSuppressorWaitPeriod: -1 }, 'actionsSuppressorWaitPeriod'],
    [
      'with an extension of over seven days',
      { ...suppressed, actionsSuppressorExtensionPeriod: 604_801 },
      'actionsSuppressorExtensionPeriod',
    ],
    ['with a wait for nothing', { ...suppressed, actionsSuppressor: null }, 'actionsSuppressorWaitPeriod'],
  ];
  it.each(cases)('%s', (_, change, argument, position) => {
    expect(() => parseCompositeAlarm({ ...plain, ...change }, everyone)).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        details: expect.objectContaining({
          argument: `input.${argument}`,
          ...(position === undefined ? {} : { position }),
        }),
      }),
    );
  });
});
