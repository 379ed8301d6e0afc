import { chosenAccounts } from '../access/chosen-accounts.js';
import type { AccountScope } from '../access/scope.js';
import { badInput } from '../platform/errors.js';
import type { AlarmInput } from './alarm.inputs.js';
import type { AlarmDefinition } from './alarm-definition.js';

/** Sources: PutMetricAlarm and Tag, Amazon CloudWatch API Reference; for the number of tags AWS's rules for tags. */
const most = { name: 255, description: 1024, actions: 5, tags: 50, tagKey: 128, tagValue: 256 };

/** What alarms of both kinds have. */
type CommonSettings = Pick<
  AlarmDefinition,
  | 'alarmName'
  | 'alarmDescription'
  | 'accountIds'
  | 'actionsEnabled'
  | 'alarmActions'
  | 'okActions'
  | 'insufficientDataActions'
  | 'tags'
>;

/**
 * @param path what stands before the names of arguments, such as `input.`
 * @throws BAD_USER_INPUT naming the argument
 */
export function parseCommonSettings(input: AlarmInput, scope: AccountScope, path: string): CommonSettings {
  return {
    alarmName: parseName(`${path}alarmName`, input.alarmName),
    alarmDescription: parseDescription(`${path}alarmDescription`, input.alarmDescription ?? null),
    accountIds: chosenAccounts(`${path}accountIds`, input.accountIds, scope),
    actionsEnabled: input.actionsEnabled ?? true,
    alarmActions: parseActions(`${path}alarmActions`, input.alarmActions ?? []),
    okActions: parseActions(`${path}okActions`, input.okActions ?? []),
    insufficientDataActions: parseActions(`${path}insufficientDataActions`, input.insufficientDataActions ?? []),
    tags: parseTags(`${path}tags`, input.tags),
  };
}

/** @throws BAD_USER_INPUT unless it is a whole number within these bounds */
export function checkBounds(argument: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw badInput(argument, `must be a whole number between ${least} and ${most}`);
  }
  return value;
}

function parseName(argument: string, name: string): string {
  if (name.length > most.name || name.trim() === '') throw badInput(argument, `must have 1 to ${most.name} characters`);
  if (/\p{Cc}/u.test(name)) throw badInput(argument, 'must not hold control characters');
  return name;
}

function parseDescription(argument: string, description: string | null): string | null {
  if (description === null) return null;
  if (description.length > most.description) throw badInput(argument, `has more than ${most.description} characters`);
  return description;
}

function parseActions(argument: string, actions: readonly string[]): readonly string[] {
  if (actions.length > most.actions) throw badInput(argument, `names more than ${most.actions} targets`);
  for (const [index, action] of actions.entries()) {
    if (actions.indexOf(action) < index) throw badInput(`${argument}[${index}]`, 'is there twice');
  }
  return actions;
}

/** The schema takes any JSON here: an object of strings, or AWS's list of pairs. */
function parseTags(argument: string, given: unknown): Readonly<Record<string, string>> {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object') throw notTags(argument);
  const pairs = Array.isArray(given) ? given.map((pair: unknown) => pairOf(argument, pair)) : Object.entries(given);
  if (pairs.length > most.tags) throw badInput(argument, `has ${pairs.length} tags; ${most.tags} is the most`);
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    checkTag(argument, key, value);
    if (tags.has(key)) throw badInput(argument, `has the key "${key}" twice`);
    tags.set(key, value as string);
  }
  return Object.fromEntries([...tags].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function pairOf(argument: string, pair: unknown): [string, unknown] {
  if (typeof pair !== 'object' || pair === null) throw notTags(argument);
  const { key, value } = pair as { key?: unknown; value?: unknown };
  if (typeof key !== 'string') throw notTags(argument);
  return [key, value];
}

function checkTag(argument: string, key: string, value: unknown): void {
  if (key === '' || key.length > most.tagKey)
    throw badInput(argument, `has a key that is empty, or longer than ${most.tagKey} characters`);
  if (/^aws:/i.test(key)) throw badInput(`${argument}.${key}`, 'must not begin with "aws:", which is kept for AWS');
  if (typeof value !== 'string' || value.length > most.tagValue) {
    throw badInput(`${argument}.${key}`, `must be a string of at most ${most.tagValue} characters`);
  }
}

function notTags(argument: string) {
  return badInput(argument, 'must be an object of strings, such as { "team": "payments" }');
}
