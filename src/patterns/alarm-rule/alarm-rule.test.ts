import { describe, expect, it } from 'vitest';
import { decidingAlarms, evaluateAlarmRule } from './alarm-rule.js';
import type { AlarmState } from './alarm-state.js';
import { parseAlarmRule } from './parse-alarm-rule.js';

const stateOfLetter: Readonly<Record<string, AlarmState>> = { A: 'ALARM', O: 'OK', I: 'INSUFFICIENT_DATA' };

/** The states of the alarms a, b, c, …, a letter each: A, O, I. */
function statesOf(letters: string): (alarm: string) => AlarmState {
  return (alarm) => {
    const state = stateOfLetter[letters.charAt(alarm.charCodeAt(0) - 97)];
    if (state === undefined) throw new Error(`no state for ${alarm}`);
    return state;
  };
}

/** Every combination of the states of so many alarms. */
function combinationsOf(count: number): readonly string[] {
  if (count === 0) return [''];
  return ['A', 'O', 'I'].flatMap((first) => combinationsOf(count - 1).map((rest) => first + rest));
}

describe('whether a composite alarm is in ALARM', () => {
  // Each state of the children, as letters A (ALARM), O (OK) and I (INSUFFICIENT_DATA), for which the rule is true.
  it.each([
    // Origin: the functions and operators of "Composite alarms", Amazon CloudWatch User Guide.
    ['ALARM(a)', 'A'],
    ['OK(a)', 'O'],
    ['INSUFFICIENT_DATA(a)', 'I'],
    ['NOT ALARM(a)', 'O I'],
    ['NOT OK(a)', 'A I'],
    ['NOT INSUFFICIENT_DATA(a)', 'A O'],
    ['TRUE OR ALARM(a)', 'A O I'],
    ['FALSE AND ALARM(a)', ''],
    ['ALARM(a) AND ALARM(b)', 'AA'],
    ['ALARM(a) OR ALARM(b)', 'AA AO AI OA IA'],
    ['ALARM(a) AND NOT ALARM(b)', 'AO AI'],
    // Origin: own reckoning: NOT before AND before OR, parentheses first.
    ['NOT ALARM(a) AND ALARM(b)', 'OA IA'],
    ['NOT (ALARM(a) AND ALARM(b))', 'AO AI OA OO OI IA IO II'],
    ['NOT ALARM(a) OR ALARM(b)', 'AA OA OO OI IA IO II'],
    ['NOT NOT ALARM(a)', 'A'],
    ['NOT NOT NOT ALARM(a)', 'O I'],
    ['ALARM(a) OR ALARM(b) AND OK(b)', 'AA AO AI'],
    ['(ALARM(a) OR ALARM(b)) AND OK(b)', 'AO'],
    ['ALARM(a) AND OK(a) OR INSUFFICIENT_DATA(b)', 'AI OI II'],
    ['ALARM(a) AND (OK(a) OR INSUFFICIENT_DATA(b))', 'AI'],
    // Origin: "Composite alarms", User Guide, for the function; own reckoning for two of two and what 50 % of two is.
    ['AT_LEAST(1, ALARM, (a, b))', 'AA AO AI OA IA'],
    ['AT_LEAST(2, ALARM, (a, b))', 'AA'],
    ['AT_LEAST(50%, ALARM, (a, b))', 'AA AO AI OA IA'],
    ['AT_LEAST(51%, ALARM, (a, b))', 'AA'],
    ['AT_LEAST(1%, ALARM, (a, b))', 'AA AO AI OA IA'],
    ['AT_LEAST(1, NOT OK, (a, b))', 'AA AO AI OA OI IA IO II'],
    ['AT_LEAST(2, NOT INSUFFICIENT_DATA, (a, b))', 'AA AO OA OO'],
    ['NOT AT_LEAST(1, ALARM, (a, b))', 'OO OI IO II'],
    ['AT_LEAST(1, ALARM, (a, b)) AND OK(a)', 'OA'],
  ])('%s: %s', (text, trueFor) => {
    const rule = parseAlarmRule(text);
    const combinations = combinationsOf(rule.children.length);
    expect(combinations.filter((states) => evaluateAlarmRule(rule, statesOf(states))).join(' ')).toBe(trueFor);
  });

  // AWS does not say how it rounds; "at least 34 % of three" needs no rounding: one is 33.3 %, two are 66.7 %.
  it.each([
    ['33%', 3, 1],
    ['34%', 3, 2],
    ['50%', 3, 2],
    ['66%', 3, 2],
    ['67%', 3, 3],
    ['100%', 3, 3],
    ['1%', 20, 1],
    ['10%', 20, 2],
    ['11%', 20, 3],
    ['60%', 20, 12],
    ['7%', 20, 2],
    ['99%', 20, 20],
  ])('%s of %d alarms are %d', (percentage, count, needed) => {
    const names = Array.from({ length: count }, (_, at) => `alarm${at}`);
    const rule = parseAlarmRule(`AT_LEAST(${percentage}, ALARM, (${names.join(', ')}))`);
    const isTrueWith = (inAlarm: number) =>
      evaluateAlarmRule(rule, (alarm) => (names.indexOf(alarm) < inAlarm ? 'ALARM' : 'OK'));
    expect([isTrueWith(needed - 1), isTrueWith(needed)]).toEqual([false, true]);
  });
});

describe('the children whose states decided', () => {
  // Origin: own reckoning; AWS does not publish how it chooses `triggeringAlarms`.
  it.each([
    ['ALARM(a)', 'A', 'a'],
    ['ALARM(a)', 'O', 'a'],
    ['ALARM(a) OR ALARM(b) OR ALARM(c)', 'OAI', 'b'],
    ['ALARM(a) OR ALARM(b) OR ALARM(c)', 'AOA', 'a c'],
    ['ALARM(a) OR ALARM(b) OR ALARM(c)', 'OOI', 'a b c'],
    ['ALARM(a) AND ALARM(b) AND ALARM(c)', 'AAA', 'a b c'],
    ['ALARM(a) AND ALARM(b) AND ALARM(c)', 'AOI', 'b c'],
    ['ALARM(a) AND NOT ALARM(b)', 'AO', 'a b'],
    ['ALARM(a) AND NOT ALARM(b)', 'AA', 'b'],
    ['ALARM(a) AND NOT (ALARM(b) OR ALARM(c))', 'AOI', 'a b c'],
    ['NOT (ALARM(a) AND ALARM(b))', 'AO', 'b'],
    ['AT_LEAST(2, ALARM, (a, b, c, d))', 'AOAI', 'a c'],
    ['AT_LEAST(2, ALARM, (a, b, c, d))', 'AOOI', 'b c d'],
    ['AT_LEAST(2, NOT OK, (a, b, c, d))', 'AOOI', 'a d'],
    ['ALARM(c) OR ALARM(a) OR ALARM(c)', 'AOA', 'c a'],
    ['TRUE OR ALARM(a)', 'O', ''],
    ['TRUE AND ALARM(a)', 'A', 'a'],
    ['FALSE', '', ''],
  ])('%s with %s: %s', (text, states, deciding) => {
    expect(decidingAlarms(parseAlarmRule(text), statesOf(states)).join(' ')).toBe(deciding);
  });
});
