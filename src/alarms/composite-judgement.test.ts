import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import { evaluateAlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { parseAlarmRule } from '../patterns/alarm-rule/parse-alarm-rule.js';
import { type ChildTimeline, judgeRule, stateByRule } from './composite-judgement.js';

const child = (name: string, ...changes: [number, AlarmState][]): ChildTimeline => ({
  name,
  place: { accountId: null, region: null },
  state: changes.at(-1)?.[1] ?? 'INSUFFICIENT_DATA',
  stateBefore: 'INSUFFICIENT_DATA',
  changes: changes.map(([at, state]) => ({ at, happenedAt: at, state })),
});
const all = { from: 0, to: 100, times: [] };

describe('a composite alarm over a time', () => {
  // "Composite alarms", Amazon CloudWatch User Guide: ALARM while the rule is true, else OK.
  it.each([
    ['goes with its child', 'ALARM(a)', [child('a', [1, 'ALARM'], [2, 'OK'])], ['1 OK ALARM', '2 ALARM OK']],
    [
      'stays where its children change in vain',
      'ALARM(a) OR ALARM(b)',
      [child('a', [1, 'ALARM'], [5, 'OK']), child('b', [3, 'ALARM'])],
      ['1 OK ALARM'],
    ],
    [
      'takes what changes at one time together',
      'ALARM(a) AND OK(b)',
      [child('a', [2, 'ALARM']), child('b', [1, 'OK'], [2, 'ALARM'])],
      [],
    ],
    [
      'knows children that never changed',
      'INSUFFICIENT_DATA(a) AND ALARM(b)',
      [child('a'), child('b', [4, 'ALARM'])],
      ['4 OK ALARM'],
    ],
  ] as const)('%s', (_what, rule, children, expected) => {
    const { transitions } = judgeRule(parseAlarmRule(rule), children, all, 'OK');
    expect(transitions.map(({ at, from, to }) => `${at} ${from} ${to}`)).toEqual(expected);
  });

  it('names the child that caused it, and those that decided', () => {
    const children = [child('a', [1, 'ALARM']), child('b', [2, 'ALARM']), child('c', [2, 'OK'])];
    const { transitions } = judgeRule(parseAlarmRule('ALARM(a) AND ALARM(b)'), children, all, 'OK');
    expect(transitions).toMatchObject([
      {
        cause: { name: 'b', state: 'ALARM' },
        triggering: [
          { name: 'a', since: 1 },
          { name: 'b', since: 2 },
        ],
      },
    ]);
  });

  it('has no cause where nothing changed, as when it is made', () => {
    const made = judgeRule(parseAlarmRule('TRUE'), [], { ...all, times: [7] }, 'INSUFFICIENT_DATA');
    expect(made.transitions).toMatchObject([{ at: 7, to: 'ALARM', cause: null }]);
  });

  it('is the same, whether judged at once or in two parts (300 random courses)', () => {
    const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
    const rule = parseAlarmRule('(ALARM(a) OR NOT OK(b)) AND AT_LEAST(1, NOT ALARM, (b, c))');
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(`composite/${seed}`);
      const children = ['a', 'b', 'c'].map((name) => {
        const times = [...new Set(Array.from({ length: random.below(8) }, () => random.below(40)))].sort(
          (x, y) => x - y,
        );
        return child(name, ...times.map((at): [number, AlarmState] => [at, random.pick(states)]));
      });
      const whole = judgeRule(rule, children, all, 'OK');
      const cut = random.below(40);
      const first = judgeRule(rule, children, { ...all, to: cut - 1 }, 'OK');
      const second = judgeRule(rule, children, { ...all, from: cut }, first.state);
      expect([...first.transitions, ...second.transitions], `seed ${seed}`).toEqual(whole.transitions);
      const stateAt = (name: string) =>
        children
          .find((one) => one.name === name)
          ?.changes.filter(({ at }) => at < cut)
          .at(-1)?.state ?? 'INSUFFICIENT_DATA';
      expect(stateByRule(rule, children, cut), `seed ${seed}`).toBe(evaluateAlarmRule(rule, stateAt) ? 'ALARM' : 'OK');
    }
  });
});
