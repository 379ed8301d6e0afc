import type { AlarmState } from './alarm-state.js';

/** The rule of a composite alarm. Made by `parseAlarmRule`. */
export interface AlarmRule {
  readonly root: AlarmRuleNode;
  /** The names of the alarms that the rule looks at, each once, in the order in which they first appear. */
  readonly children: readonly string[];
}

export type AlarmRuleNode =
  | { readonly type: 'constant'; readonly value: boolean }
  | { readonly type: 'state'; readonly alarm: string; readonly state: AlarmState }
  | { readonly type: 'not'; readonly operand: AlarmRuleNode }
  | { readonly type: 'and' | 'or'; readonly operands: readonly AlarmRuleNode[] }
  | AtLeast;

export interface AtLeast {
  readonly type: 'atLeast';
  /** How many of the alarms it takes. */
  readonly needed: number;
  readonly state: AlarmState;
  /** Whether the alarms that are **not** in the state count. */
  readonly isNegated: boolean;
  /** Each once. */
  readonly alarms: readonly string[];
}

type StateOf = (alarm: string) => AlarmState;

/**
 * Whether the rule is true, so that the composite alarm is in ALARM; it is in OK otherwise, and never in
 * INSUFFICIENT_DATA by its rule.
 *
 * Source: "Composite alarms", Amazon CloudWatch User Guide.
 *
 * @param stateOf the state of a child. What a child that is gone counts as, the caller says
 */
export function evaluateAlarmRule(rule: AlarmRule, stateOf: StateOf): boolean {
  return isTrue(rule.root, stateOf);
}

/**
 * The children whose states made the rule what it is: as long as these stay as they are, it does not change, whatever
 * the others do. Of an `AND` that is true, and of an `OR` that is false, these are the children of all its parts; of an
 * `OR` that is true, and of an `AND` that is false, those of the parts that made it so; of `AT_LEAST` the alarms that
 * count, or, where it is false, those that do not. A rule that constants decide has none.
 *
 * For `triggeringAlarms` of a composite alarm's `stateReasonData`. AWS does not publish how it chooses them.
 *
 * @returns names, in the order of {@link AlarmRule.children}
 */
export function decidingAlarms(rule: AlarmRule, stateOf: StateOf): readonly string[] {
  const deciding = new Set(decidingOf(rule.root, stateOf));
  return rule.children.filter((alarm) => deciding.has(alarm));
}

function isTrue(node: AlarmRuleNode, stateOf: StateOf): boolean {
  switch (node.type) {
    case 'constant':
      return node.value;
    case 'state':
      return stateOf(node.alarm) === node.state;
    case 'not':
      return !isTrue(node.operand, stateOf);
    case 'and':
      return node.operands.every((operand) => isTrue(operand, stateOf));
    case 'or':
      return node.operands.some((operand) => isTrue(operand, stateOf));
    case 'atLeast':
      return countingAlarms(node, stateOf).length >= node.needed;
  }
}

/** Looks at parts within parts again at each level: a rule has too few elements for that to matter. */
function decidingOf(node: AlarmRuleNode, stateOf: StateOf): readonly string[] {
  switch (node.type) {
    case 'constant':
      return [];
    case 'state':
      return [node.alarm];
    case 'not':
      return decidingOf(node.operand, stateOf);
    case 'and':
    case 'or': {
      const value = isTrue(node, stateOf);
      return node.operands
        .filter((operand) => isTrue(operand, stateOf) === value)
        .flatMap((operand) => decidingOf(operand, stateOf));
    }
    case 'atLeast': {
      const counting = countingAlarms(node, stateOf);
      return counting.length >= node.needed ? counting : node.alarms.filter((alarm) => !counting.includes(alarm));
    }
  }
}

function countingAlarms({ alarms, state, isNegated }: AtLeast, stateOf: StateOf): readonly string[] {
  return alarms.filter((alarm) => (stateOf(alarm) === state) !== isNegated);
}
