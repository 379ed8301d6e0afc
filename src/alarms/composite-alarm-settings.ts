import type { AccountScope } from '../access/scope.js';
import type { AlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import { AlarmRuleError } from '../patterns/alarm-rule/alarm-rule-error.js';
import { parseAlarmRule } from '../patterns/alarm-rule/parse-alarm-rule.js';
import { badInput } from '../platform/errors.js';
import type { PutCompositeAlarmInput } from './alarm.inputs.js';
import type { CompositeAlarmDefinition } from './alarm-definition.js';
import { checkBounds, parseCommonSettings } from './common-alarm-settings.js';

/** AWS publishes no bound: seven days, as long as what a metric alarm may look at. */
const mostSeconds = 604_800;

/**
 * What a user gave, once it is known to be sound. Whether the alarms that it names are there is not looked at.
 *
 * Source: PutCompositeAlarm, Amazon CloudWatch API Reference.
 *
 * @param path what stands before the names of arguments
 * @throws BAD_USER_INPUT naming the argument, and the position of what is wrong in the rule
 */
export function parseCompositeAlarm(
  input: PutCompositeAlarmInput,
  scope: AccountScope,
  path = 'input.',
): CompositeAlarmDefinition {
  const { alarmRule } = input;
  checkedRule(`${path}alarmRule`, alarmRule);
  return {
    alarmType: 'COMPOSITE',
    ...parseCommonSettings(input, scope, path),
    alarmRule,
    ...parseSuppressor(input, path),
  };
}

function checkedRule(argument: string, text: string): AlarmRule {
  try {
    return parseAlarmRule(text);
  } catch (error) {
    if (!(error instanceof AlarmRuleError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}

type Suppressor = Pick<
  CompositeAlarmDefinition,
  'actionsSuppressor' | 'actionsSuppressorWaitPeriod' | 'actionsSuppressorExtensionPeriod'
>;

function parseSuppressor(input: PutCompositeAlarmInput, path: string): Suppressor {
  const actionsSuppressor = suppressorName(input.actionsSuppressor ?? null);
  const seconds = (name: 'actionsSuppressorWaitPeriod' | 'actionsSuppressorExtensionPeriod') => {
    const value = input[name] ?? null;
    if (actionsSuppressor === null && value !== null) throw badInput(path + name, 'is for an alarm with a suppressor');
    if (actionsSuppressor === null) return null;
    if (value === null) throw badInput(path + name, 'is required with actionsSuppressor');
    return checkBounds(path + name, value, 0, mostSeconds);
  };
  return {
    actionsSuppressor,
    actionsSuppressorWaitPeriod: seconds('actionsSuppressorWaitPeriod'),
    actionsSuppressorExtensionPeriod: seconds('actionsSuppressorExtensionPeriod'),
  };
}

/** Of an ARN the name counts, as in a rule. */
function suppressorName(given: string | null): string | null {
  if (given === null) return null;
  return /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/s.exec(given)?.[1] ?? given;
}
