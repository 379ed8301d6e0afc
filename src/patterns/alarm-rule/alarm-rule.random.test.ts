import { describe, expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { decidingAlarms, evaluateAlarmRule } from './alarm-rule.js';
import type { AlarmState } from './alarm-state.js';
import { parseAlarmRule } from './parse-alarm-rule.js';

type States = Readonly<Record<string, AlarmState>>;

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

function randomRule(random: Random, depth: number): string {
  let rule = randomPart(random, depth);
  const more = random.below(4);
  for (let at = 0; at < more; at++) rule += random.pick([' AND ', ' OR ']) + randomPart(random, depth);
  return rule;
}

function randomPart(random: Random, depth: number): string {
  const nots = 'NOT '.repeat(random.chance(0.4) ? random.between(1, 2) : 0);
  if (depth > 0 && random.chance(0.5)) return `${nots}(${randomRule(random, depth - 1)})`;
  if (random.chance(0.1)) return nots + random.pick(['TRUE', 'FALSE']);
  if (random.chance(0.3)) return nots + randomAtLeast(random);
  return `${nots}${random.pick(states)}(${random.pick(names)})`;
}

function randomAtLeast(random: Random): string {
  const alarms = names.filter(() => random.chance(0.6));
  if (alarms.length === 0) return 'FALSE';
  const threshold = random.chance(0.5) ? random.between(1, alarms.length) : `${random.between(1, 100)}%`;
  return `AT_LEAST(${threshold}, ${random.pick(['', 'NOT '])}${random.pick(states)}, (${alarms.join(', ')}))`;
}

/** By rewriting the text: functions become T or F, then the innermost parentheses go, until one letter is left. */
function naiveValue(rule: string, given: States): boolean {
  let text = rule
    .replace(/AT_LEAST\((\d+)(%?), (NOT )?(\w+), \(([^)]*)\)\)/g, (_, number, percent, not, state, list) => {
      const alarms: string[] = list.split(', ');
      const share = alarms.filter((alarm) => (not ? given[alarm] !== state : given[alarm] === state)).length;
      const value = percent ? (share / alarms.length) * 100 + 1e-9 : share;
      return letter(value >= Number(number));
    })
    .replace(/(ALARM|OK|INSUFFICIENT_DATA)\((\w)\)/g, (_, state, alarm) => letter(given[alarm] === state))
    .replaceAll('TRUE', 'T')
    .replaceAll('FALSE', 'F');
  while (text.includes('(')) text = text.replace(/\(([^()]*)\)/g, (_, flat) => letter(flatValue(flat)));
  return flatValue(text);
}

function flatValue(flat: string): boolean {
  return flat
    .split(' OR ')
    .some((term) =>
      term.split(' AND ').every((factor) => factor.endsWith('T') === (factor.split('NOT').length % 2 === 1)),
    );
}

function letter(value: boolean): string {
  return value ? 'T' : 'F';
}

function randomStates(random: Random): States {
  return Object.fromEntries(names.map((name) => [name, random.pick(states)]));
}

function stateIn(given: States): (alarm: string) => AlarmState {
  return (alarm) => given[alarm] as AlarmState;
}

describe('random rules', () => {
  const random = new Random('alarm rules');
  const samples = Array.from({ length: 3000 }, () => ({ text: randomRule(random, 3), given: randomStates(random) }));

  it('come to what rewriting their text comes to, and both values are met often', () => {
    const values = samples.map(({ text, given }) => {
      const value = evaluateAlarmRule(parseAlarmRule(text), stateIn(given));
      expect(value, `${text} with ${JSON.stringify(given)}`).toBe(naiveValue(text, given));
      return value;
    });
    const share = values.filter(Boolean).length / values.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });

  it('keep their value while the deciding alarms keep their states, whatever the others do', () => {
    for (const { text, given } of samples) {
      const rule = parseAlarmRule(text);
      const value = evaluateAlarmRule(rule, stateIn(given));
      const deciding = decidingAlarms(rule, stateIn(given));
      for (let round = 0; round < 5; round++) {
        const kept = Object.fromEntries(deciding.map((alarm) => [alarm, stateIn(given)(alarm)]));
        const changed = { ...randomStates(random), ...kept };
        expect(evaluateAlarmRule(rule, stateIn(changed)), `${text}, decided by ${deciding.join()}`).toBe(value);
      }
    }
  });
});
