import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import {
  type ActionSuppression,
  actionsSuppressedReason,
  type SuppressionEvent,
  type SuppressionPeriods,
  suppressActions,
} from './action-suppression.js';

/** A second, which alarm changes, and to which state. */
type Change = readonly [second: number, alarm: 'composite' | 'suppressor', state: AlarmState];

interface Course {
  /** What ran, and when: `4 ALARM`. */
  readonly run: readonly string[];
  /** A letter for each second, at its end: Wait, Extension, Alarm, or nothing that holds actions back. */
  readonly held: string;
}

/** Reads `2 composite ALARM, 3 suppressor ALARM`. */
function changesOf(text: string): readonly Change[] {
  return text.split(', ').map((change) => {
    const [second, alarm, state] = change.split(' ');
    return [Number(second), alarm as Change[1], state as AlarmState];
  });
}

const end = 13;
/** The examples of AWS's guide speak of time units. A second here. */
const guidePeriods = { waitPeriod: 2, extensionPeriod: 3 };

/** What happens in each second; time is told to have passed at the end of those for which `isTold`. */
function courseOf(changes: readonly Change[], periods: SuppressionPeriods, isTold = (_second: number) => true): Course {
  const run: string[] = [];
  let held = '';
  let pending: ActionSuppression | null = null;
  let suppressorState: AlarmState = 'OK';
  const tell = (event: SuppressionEvent, second: number) => {
    const outcome = suppressActions(pending, event, periods, second * 1000);
    // As it comes back from the database.
    pending = JSON.parse(JSON.stringify(outcome.pending));
    run.push(...outcome.run.map((state) => `${second} ${state}`));
  };
  for (let second = 0; second <= end; second++) {
    const now = changes.filter(([at]) => at === second);
    suppressorState = now.findLast(([, alarm]) => alarm === 'suppressor')?.[2] ?? suppressorState;
    for (const [, alarm, state] of now) {
      if (alarm === 'composite') tell({ type: 'compositeChanged', state, suppressorState }, second);
      else tell({ type: 'suppressorChanged', suppressorState }, second);
    }
    if (isTold(second)) tell({ type: 'timePassed' }, second);
    held += (pending as ActionSuppression | null)?.suppressedBy.charAt(0) ?? '-';
  }
  return { run, held };
}

describe('the examples of "Suppressing composite alarm actions", Amazon CloudWatch User Guide', () => {
  it.each<[string, string, readonly string[], string]>([
    ['1: not suppressed after WaitPeriod', '2 composite ALARM', ['4 ALARM'], '--WW----------'],
    ['2: suppressed by alarm before WaitPeriod expires', '2 composite ALARM, 3 suppressor ALARM', [], '--WAAAAAAAAAAA'],
    ['3: transition when suppressed by WaitPeriod', '2 composite ALARM, 3 composite OK', ['5 OK'], '--WWW---------'],
    ['4: transition when suppressed by alarm', '1 suppressor ALARM, 2 composite ALARM', [], '--AAAAAAAAAAAA'],
    [
      '5: not suppressed after ExtensionPeriod',
      '2 composite ALARM, 3 suppressor ALARM, 6 suppressor OK',
      ['9 ALARM'],
      '--WAAAEEE-----',
    ],
    [
      '6: transition when suppressed by ExtensionPeriod',
      '2 composite ALARM, 3 suppressor ALARM, 6 suppressor OK, 7 composite OK',
      ['9 OK'],
      '--WAAAEWW-----',
    ],
  ])('%s', (_, changes, run, held) => {
    expect(courseOf(changesOf(changes), guidePeriods)).toEqual({ run, held });
  });

  it.each<[string, string, readonly string[], string]>([
    [
      'WaitPeriod of 6 from 2, the suppressor goes to ALARM at 4',
      '2 composite ALARM, 4 suppressor ALARM',
      [],
      '--WWAAAAAAAAAA',
    ],
    [
      'ExtensionPeriod of 6 from 2, the composite alarm goes back to OK before 8: its OK waits anew',
      '0 suppressor ALARM, 1 composite ALARM, 2 suppressor OK, 6 composite OK',
      ['12 OK'],
      '-AEEEEWWWWWW--',
    ],
  ])('%s (its pictures of the two periods)', (_, changes, run, held) => {
    expect(courseOf(changesOf(changes), { waitPeriod: 6, extensionPeriod: 6 })).toEqual({ run, held });
  });
});

describe('own cases', () => {
  it.each<[string, string, readonly string[], string]>([
    [
      'a composite alarm that flaps within its wait runs the actions of its last state once',
      '2 composite ALARM, 3 composite OK, 4 composite ALARM, 5 composite OK, 6 composite ALARM',
      ['8 ALARM'],
      '--WWWWWW------',
    ],
    [
      'a suppressor that flaps starts its ExtensionPeriod anew each time',
      '2 composite ALARM, 3 suppressor ALARM, 4 suppressor OK, 6 suppressor ALARM, 7 suppressor OK',
      ['10 ALARM'],
      '--WAEEAEEE----',
    ],
    [
      'a suppressor that flaps before the composite alarm changes does nothing',
      '0 suppressor ALARM, 1 suppressor OK, 2 composite ALARM',
      ['4 ALARM'],
      '--WW----------',
    ],
    [
      'a suppressor that comes and goes after the actions ran does not run them again',
      '2 composite ALARM, 5 suppressor ALARM, 6 suppressor OK',
      ['4 ALARM'],
      '--WW----------',
    ],
    [
      'a composite alarm that changed twice under the suppressor runs the actions of its last state',
      '1 suppressor ALARM, 2 composite ALARM, 4 composite OK, 5 suppressor OK',
      ['8 OK'],
      '--AAAEEE------',
    ],
    [
      'a change in the ExtensionPeriod waits for a suppressor that comes back',
      '1 suppressor ALARM, 2 composite ALARM, 3 suppressor OK, 4 composite OK, 5 suppressor ALARM, 8 suppressor OK',
      ['11 OK'],
      '--AEWAAAEEE---',
    ],
    [
      'INSUFFICIENT_DATA of the suppressor suppresses nothing',
      '1 suppressor INSUFFICIENT_DATA, 2 composite ALARM, 3 suppressor OK',
      ['4 ALARM'],
      '--WW----------',
    ],
    [
      'a suppressor that goes from ALARM to INSUFFICIENT_DATA has left ALARM, and its OK later starts nothing anew',
      '1 suppressor ALARM, 2 composite ALARM, 4 suppressor INSUFFICIENT_DATA, 5 suppressor OK',
      ['7 ALARM'],
      '--AAEEE-------',
    ],
    [
      'a suppressor in the last moment of the wait is in time',
      '2 composite ALARM, 4 suppressor ALARM',
      [],
      '--WWAAAAAAAAAA',
    ],
    [
      'a composite alarm back in OK in the last moment of the ExtensionPeriod is in time',
      '1 suppressor ALARM, 2 composite ALARM, 3 suppressor OK, 6 composite OK',
      ['8 OK'],
      '--AEEEWW------',
    ],
    [
      'a suppressor that goes to ALARM together with the composite alarm suppresses it',
      '2 composite ALARM, 2 suppressor ALARM',
      [],
      '--AAAAAAAAAAAA',
    ],
  ])('%s', (_, changes, run, held) => {
    expect(courseOf(changesOf(changes), guidePeriods)).toEqual({ run, held });
  });

  it.each<[string, SuppressionPeriods, string, readonly string[], string]>([
    [
      'a WaitPeriod of 0 runs each change at once',
      { waitPeriod: 0, extensionPeriod: 3 },
      '2 composite ALARM, 3 suppressor ALARM, 4 suppressor OK, 5 composite OK',
      ['2 ALARM', '5 OK'],
      '--------------',
    ],
    [
      'a WaitPeriod of 0 does not pass a suppressor in ALARM, and ends an ExtensionPeriod',
      { waitPeriod: 0, extensionPeriod: 3 },
      '1 suppressor ALARM, 2 composite ALARM, 4 suppressor OK, 5 composite OK',
      ['5 OK'],
      '--AAE---------',
    ],
    [
      'an ExtensionPeriod of 0 runs the actions once the suppressor leaves ALARM',
      { waitPeriod: 2, extensionPeriod: 0 },
      '2 composite ALARM, 3 suppressor ALARM, 6 suppressor OK',
      ['6 ALARM'],
      '--WAAA--------',
    ],
  ])('%s', (_, periods, changes, run, held) => {
    expect(courseOf(changesOf(changes), periods)).toEqual({ run, held });
  });

  it('runs what was due before a change that comes late, and then what the change runs', () => {
    const pending: ActionSuppression = { suppressedBy: 'ExtensionPeriod', state: 'ALARM', dueAt: 4000 };
    const change: SuppressionEvent = { type: 'compositeChanged', state: 'OK', suppressorState: 'OK' };
    expect(suppressActions(pending, change, { waitPeriod: 0, extensionPeriod: 3 }, 5000)).toEqual({
      pending: null,
      run: ['ALARM', 'OK'],
    });
  });

  it.each([
    ['WaitPeriod', 'Actions suppressed by WaitPeriod'],
    ['ExtensionPeriod', 'Actions suppressed by ExtensionPeriod'],
    ['Alarm', 'Actions suppressed by Alarm'],
  ] as const)('tells why actions are held back by %s', (suppressedBy, reason) => {
    // Origin of the first: the example of a composite alarm's event in AWS's guide; the others are written like it.
    expect(actionsSuppressedReason({ suppressedBy, state: 'ALARM', dueAt: null })).toBe(reason);
  });
});

describe('random courses', () => {
  const random = new Random('action suppression');
  const samples = Array.from({ length: 1000 }, () => {
    const changes: Change[] = [];
    const current: Record<Change[1], AlarmState> = { composite: 'OK', suppressor: 'OK' };
    for (let second = 0; second < end - 4; second++) {
      for (const alarm of ['composite', 'suppressor'] as const) {
        if (!random.chance(0.3)) continue;
        current[alarm] = current[alarm] === 'ALARM' ? 'OK' : 'ALARM';
        changes.push([second, alarm, current[alarm]]);
      }
    }
    const periods = { waitPeriod: random.below(4), extensionPeriod: random.between(1, 4) };
    return { changes, periods };
  });

  it('run the same actions in the same order, however seldom time is told to have passed', () => {
    const statesOf = ({ run }: Course) => run.map((text) => text.split(' ')[1]);
    const runs = samples.map(({ changes, periods }) => {
      const punctual = statesOf(courseOf(changes, periods));
      for (const pause of [5, end]) {
        const seldom = courseOf(changes, periods, (second) => second % pause === end % pause);
        expect(statesOf(seldom), JSON.stringify({ changes, periods })).toEqual(punctual);
      }
      return punctual.length;
    });
    expect(runs.filter((count) => count > 1).length).toBeGreaterThan(samples.length / 5);
  });

  it('are the same whichever of two changes at one time is told first', () => {
    for (const { changes, periods } of samples) {
      const swapped = changes.toSorted(([a, alarm], [b, other]) => a - b || other.localeCompare(alarm));
      expect(courseOf(swapped, periods), JSON.stringify({ changes, periods })).toEqual(courseOf(changes, periods));
    }
  });
});
