import { describe, expect, it } from 'vitest';
import { alarmScreen, type Watched } from './alarm-screen.js';
import type { ShownAlarm, ShownChange, ShownState } from './shown-alarm.js';

/* What somebody sees who watches alarms. Own reckoning. */

const now = Date.parse('2026-11-22T12:30:59Z');
const canvas = (width: number, rows: number) => ({ width, rows, style: (_: unknown, text: string) => text });
const crossed = 'Threshold Crossed: 1 datapoint [7.0 (22/11/26 12:00:00)] was greater than the threshold (5.0).';

function alarm(name: string, state: ShownState, more: Partial<ShownAlarm> = {}): ShownAlarm {
  return {
    id: name,
    name,
    state,
    stateReason: crossed,
    stateTransitionedAt: '2026-11-22T12:01:00.000Z',
    accountIds: ['111122223333'],
    region: null,
    actionsEnabled: true,
    alarmActions: [],
    pack: null,
    ...more,
  };
}

function change(alarmName: string, more: Partial<ShownChange> = {}): ShownChange {
  return {
    id: alarmName,
    alarmName,
    accountIds: ['111122223333'],
    previousState: 'OK',
    state: 'ALARM',
    stateReason: crossed,
    timestamp: '2026-11-22T12:01:00.000Z',
    detectedAt: '2026-11-22T12:01:00.400Z',
    revision: 1,
    supersedes: null,
    ...more,
  };
}

const watched: Watched = {
  alarms: [
    alarm('fine', 'OK', { accountIds: null, stateTransitionedAt: '2026-11-20T08:00:00.000Z' }),
    alarm('silent', 'INSUFFICIENT_DATA', { stateReason: 'Unchecked: Initial alarm creation' }),
    alarm('root-use', 'ALARM'),
  ],
  changes: [
    change('late', { revision: 2, detectedAt: '2026-11-22T12:25:00.000Z' }),
    change('gone', { revision: 3, previousState: 'OK', state: 'OK' }),
  ],
  notice: null,
};

const at60 = `3 alarms at 12:30:59 UTC
ALARM 1
  12:01:00          111122223333  root-use
INSUFFICIENT_DATA 1
  12:01:00          111122223333  silent
OK 1
  2026-11-20 08:00  every         fine

Changes
  12:01:00  late  → ALARM (corrected, known 12:25:00)
  12:01:00  gone  OK (withdrawn)`;

const at80 = `3 alarms at 12:30:59 UTC
ALARM 1
  12:01:00          111122223333  root-use  Threshold Crossed: 1 datapoint [7.0…
INSUFFICIENT_DATA 1
  12:01:00          111122223333  silent    Unchecked: Initial alarm creation
OK 1
  2026-11-20 08:00  every         fine      Threshold Crossed: 1 datapoint [7.0…

Changes
  12:01:00  late  → ALARM (corrected, known 12:25:00)  Threshold Crossed: 1 dat…
  12:01:00  gone  OK (withdrawn)                       Threshold Crossed: 1 dat…`;

const at120 = `3 alarms at 12:30:59 UTC
ALARM 1
  12:01:00          111122223333  root-use  Threshold Crossed: 1 datapoint [7.0 (22/11/26 12:00:00)] was greater than t…
INSUFFICIENT_DATA 1
  12:01:00          111122223333  silent    Unchecked: Initial alarm creation
OK 1
  2026-11-20 08:00  every         fine      Threshold Crossed: 1 datapoint [7.0 (22/11/26 12:00:00)] was greater than t…

Changes
  12:01:00  111122223333  late  OK → ALARM (corrected, known 12:25:00)  Threshold Crossed: 1 datapoint [7.0 (22/11/26 1…
  12:01:00  111122223333  gone  OK (withdrawn)                          Threshold Crossed: 1 datapoint [7.0 (22/11/26 1…`;

const at200 = `3 alarms at 12:30:59 UTC
ALARM 1
  12:01:00          111122223333  root-use  ${crossed}
INSUFFICIENT_DATA 1
  12:01:00          111122223333  silent    Unchecked: Initial alarm creation
OK 1
  2026-11-20 08:00  every         fine      ${crossed}

Changes
  12:01:00  111122223333  late  OK → ALARM (corrected, known 12:25:00)  ${crossed}
  12:01:00  111122223333  gone  OK (withdrawn)                          ${crossed}`;

it.each([
  [60, at60],
  [80, at80],
  [120, at120],
  [200, at200],
])('in %i columns', (width, expected) => {
  const lines = alarmScreen(canvas(width, 40), watched, now);
  expect(lines.join('\n')).toBe(expected);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
});

it('what is wrong with the watching stands at the top, as one line', () => {
  const [, notice] = alarmScreen(canvas(80, 40), { ...watched, notice: 'No answer:\nlost' }, now);
  expect(notice).toBe('No answer: lost');
});

it('without alarms and changes it says so', () => {
  const nothing = { alarms: [], changes: [], notice: null };
  expect(alarmScreen(canvas(80, 24), nothing, now)).toEqual(['0 alarms at 12:30:59 UTC', 'There are no such alarms.']);
});

describe('on a low terminal', () => {
  const many = (state: ShownState, count: number) =>
    Array.from({ length: count }, (_, index) => alarm(`${state}-${String(index).padStart(2, '0')}`, state));
  const alarms = [...many('OK', 30), ...many('ALARM', 4), ...many('INSUFFICIENT_DATA', 2)];
  const changes = Array.from({ length: 50 }, (_, index) => change(`change-${index}`));
  const lines = (rows: number, more: Partial<Watched> = {}) =>
    alarmScreen(canvas(60, rows), { alarms, changes, notice: null, ...more }, now).map((line) => line.trim());

  it.each([1, 2, 5, 8, 12, 24, 60])('of %i lines nothing goes beyond the last', (rows) => {
    expect(lines(rows).length).toBeLessThanOrEqual(rows);
    expect(lines(rows, { notice: 'lost' }).length).toBeLessThanOrEqual(rows);
  });

  it('OK is left out first, and how many are', () => {
    const shown = lines(24);
    expect(shown.filter((line) => /^[A-Z_]+ \d+$/.test(line))).toEqual(['ALARM 4', 'INSUFFICIENT_DATA 2', 'OK 30']);
    const names = shown.flatMap((line) => / (OK|ALARM|INSUFFICIENT_DATA)-\d\d/.exec(line)?.[1] ?? []);
    const hidden = Number(/^… (\d+) more$/.exec(shown.find((line) => line.startsWith('…')) ?? '')?.[1]);
    expect(names.slice(0, 6)).toEqual(['ALARM', 'ALARM', 'ALARM', 'ALARM', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']);
    expect(names.length + hidden).toBe(alarms.length);
  });

  it('changes take a third, the newest first', () => {
    const shown = lines(24);
    expect(shown.slice(shown.indexOf('Changes') + 1).map((line) => /change-\d+/.exec(line)?.[0])).toEqual(
      changes.slice(0, 8).map(({ alarmName }) => alarmName),
    );
  });

  it('where all fits, nothing is said to be left out', () => {
    expect(lines(1 + 3 + alarms.length, { changes: [] })).not.toContainEqual(expect.stringContaining('more'));
    expect(lines(3 + alarms.length, { changes: [] })).toContainEqual(expect.stringMatching(/^… \d+ more$/));
  });
});
