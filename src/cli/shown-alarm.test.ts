import { describe, expect, it } from 'vitest';
import { accountsText, byUrgency, marksOf, type ShownAlarm, type ShownChange, shortTime } from './shown-alarm.js';

/* Own reckoning; what a correction and a withdrawal are: the descriptions of AlarmStateChange in schema.graphql. */

const now = Date.parse('2026-11-22T12:30:59Z');

it.each([
  ['today', '2026-11-22T00:00:00.000Z', '00:00:00'],
  ['yesterday', '2026-11-21T23:59:59.999Z', '2026-11-21 23:59'],
  ['tomorrow, by another clock', '2026-11-23T00:00:00.000Z', '2026-11-23 00:00'],
  ['the same time of another year', '2025-11-22T12:30:59.000Z', '2025-11-22 12:30'],
])('a time of %s', (_, time, expected) => {
  expect(shortTime(time, now)).toBe(expected);
});

it.each([
  ['every account', null, 'every'],
  ['one', ['111122223333'], '111122223333'],
  ['two', ['111122223333', '444455556666'], '2 accounts'],
])('accounts: %s', (_, accountIds, expected) => {
  expect(accountsText(accountIds)).toBe(expected);
});

describe('marks of a change', () => {
  const change = {
    previousState: 'OK',
    state: 'ALARM',
    revision: 1,
    timestamp: '2026-11-22T12:00:00.000Z',
    detectedAt: '2026-11-22T12:00:00.500Z',
  } as ShownChange;
  it.each<[string, Partial<ShownChange>, string]>([
    ['the first word', {}, ''],
    ['a correction', { revision: 2 }, 'corrected'],
    ['a withdrawal', { revision: 3, previousState: 'OK', state: 'OK' }, 'withdrawn'],
    ['known a minute later', { detectedAt: '2026-11-22T12:01:00.000Z' }, ''],
    ['known more than a minute later', { detectedAt: '2026-11-22T12:01:00.001Z' }, 'known 12:01:00'],
    [
      'known on another day',
      { timestamp: '2026-11-20T12:00:00Z', detectedAt: '2026-11-21T01:00:00Z' },
      'known 2026-11-21 01:00',
    ],
    ['a late correction', { revision: 2, detectedAt: '2026-11-22T12:20:00.000Z' }, 'corrected, known 12:20:00'],
  ])('%s', (_, more, expected) => {
    expect(marksOf({ ...change, ...more }, (time) => shortTime(time, now))).toBe(expected);
  });
});

it('alarms stand by state, then the last that changed first, then by name', () => {
  const alarm = (name: string, state: ShownAlarm['state'], hour: string) =>
    ({ name, state, stateTransitionedAt: `2026-11-22T${hour}:00:00.000Z` }) as ShownAlarm;
  const given = [
    alarm('e', 'OK', '12'),
    alarm('d', 'INSUFFICIENT_DATA', '12'),
    alarm('b', 'ALARM', '10'),
    alarm('c', 'ALARM', '10'),
    alarm('a', 'ALARM', '09'),
    alarm('z', 'ALARM', '11'),
  ];
  expect(byUrgency(given).map(({ name }) => name)).toEqual(['z', 'b', 'c', 'a', 'd', 'e']);
});
