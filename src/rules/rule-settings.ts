import { chosenAccounts } from '../access/chosen-accounts.js';
import type { AccountScope } from '../access/scope.js';
import { EventPatternError } from '../patterns/event-pattern/event-pattern.js';
import { parseEventPattern } from '../patterns/event-pattern/parse-event-pattern.js';
import { compileTargetInput } from '../patterns/input-transformer/compile-target-input.js';
import { InputError } from '../patterns/input-transformer/input-error.js';
import { parseSchedule } from '../patterns/schedule/schedule.js';
import { ScheduleError } from '../patterns/schedule/schedule-error.js';
import { badInput } from '../platform/errors.js';
import { defaultEventBus, isBusName } from './event-bus.js';
import type { PutRuleInput, RuleTargetInput } from './rule.inputs.js';
import type { RuleSettings, RuleTargetSettings } from './rule.store.js';

const maxDescription = 512;

/** What a user gave, once it is known to be sound. Limits of names: PutRule, Amazon EventBridge API Reference. */
export function parseRule(
  input: PutRuleInput,
  scope: AccountScope,
): Omit<RuleSettings, 'anchor' | 'nextTime' | 'reachId'> {
  const accountIds = chosenAccounts('input.accountIds', input.accountIds, scope);
  const eventBusName = parseBusName('input.eventBusName', input.eventBusName);
  const hasPattern = isGiven(input.eventPattern);
  const scheduleExpression = input.scheduleExpression ?? null;
  if (hasPattern === (scheduleExpression !== null)) {
    throw badInput('input', 'a rule has either an eventPattern or a scheduleExpression');
  }
  if (scheduleExpression !== null && eventBusName !== defaultEventBus) {
    throw badInput('input.eventBusName', 'schedules run on the default bus only');
  }
  if ((input.description?.length ?? 0) > maxDescription) {
    throw badInput('input.description', `has more than ${maxDescription} characters`);
  }
  if (scheduleExpression !== null) checkSchedule('input.scheduleExpression', scheduleExpression);
  const pattern = hasPattern ? checkedPattern('input.eventPattern', input.eventPattern) : null;
  return {
    name: parseName('input.name', input.name),
    eventBusName,
    eventPattern: pattern?.text ?? null,
    alternatives: pattern?.alternatives.length ?? 0,
    scheduleExpression,
    missedTimes: input.missedTimes ?? 'LATEST',
    description: input.description ?? null,
    accountIds,
    maxEventAgeSeconds: parseEventAge(input),
    state: input.state ?? 'ENABLED',
  };
}

const eventAge = { least: 60, most: 365 * 86_400 };

function parseEventAge({ maxEventAgeSeconds: given, scheduleExpression }: PutRuleInput): number | null {
  if (given === null || given === undefined) return null;
  const argument = 'input.maxEventAgeSeconds';
  if (isGiven(scheduleExpression)) throw badInput(argument, 'is for rules with an eventPattern');
  if (given < eventAge.least || given > eventAge.most) {
    throw badInput(argument, `must be between ${eventAge.least} and ${eventAge.most}`);
  }
  return given;
}

/** A target of a rule, whose target is not looked up yet. */
export type ParsedRuleTarget = Omit<RuleTargetSettings, 'targetId'> & { readonly target: string };

export function parseRuleTargets(targets: readonly RuleTargetInput[]): ParsedRuleTarget[] {
  if (targets.length === 0) throw badInput('input.targets', 'names no target');
  const ids = new Set<string>();
  return targets.map((given, index) => {
    const path = `input.targets[${index}]`;
    const id = parseName(`${path}.id`, given.id);
    if (ids.has(id)) throw badInput(`${path}.id`, `"${id}" is there twice`);
    ids.add(id);
    const { input = null, inputPath = null } = given;
    const inputTransformer = given.inputTransformer
      ? {
          inputPathsMap: parsePathsMap(path, given.inputTransformer.inputPathsMap),
          inputTemplate: given.inputTransformer.inputTemplate,
        }
      : null;
    const settings = { input, inputPath, inputTransformer };
    checkInput(path, settings);
    return { id, target: given.target, ...settings };
  });
}

/** @throws BAD_USER_INPUT with the position of what is wrong */
export function checkedPattern(argument: string, given: unknown) {
  try {
    return parseEventPattern(given);
  } catch (error) {
    if (!(error instanceof EventPatternError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}

/** @throws BAD_USER_INPUT with the position of what is wrong */
export function checkSchedule(argument: string, expression: string) {
  try {
    return parseSchedule(expression);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}

/** The schema takes any JSON here. */
function parsePathsMap(path: string, given: unknown): Readonly<Record<string, string>> | null {
  if (given === null || given === undefined) return null;
  const argument = `${path}.inputTransformer.inputPathsMap`;
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw badInput(argument, 'must be an object, such as { "name": "$.detail.eventName" }');
  }
  const [wrong] = Object.entries(given).find(([, value]) => typeof value !== 'string') ?? [];
  if (wrong !== undefined) throw badInput(`${argument}.${wrong}`, 'must be a path, such as "$.detail.eventName"');
  return given as Readonly<Record<string, string>>;
}

function checkInput(path: string, settings: Parameters<typeof compileTargetInput>[0]): void {
  try {
    compileTargetInput(settings);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw badInput(`${path}.${error.argument}`, error.reason, error.position);
  }
}

function parseBusName(argument: string, name: string | null | undefined): string {
  if (!isGiven(name)) return defaultEventBus;
  if (!isBusName(name as string)) {
    throw badInput(argument, 'must be 1 to 256 letters, digits or characters of /._-');
  }
  return name as string;
}

function parseName(argument: string, name: string): string {
  if (!/^[._\-A-Za-z0-9]{1,64}$/.test(name)) {
    throw badInput(argument, 'must be 1 to 64 letters, digits or characters of ._-');
  }
  return name;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
