import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { coversAll } from '../access/scope.js';
import { isStorableText } from '../lib/storable-text.js';
import type { Database } from '../platform/database/database.js';
import { badInput, notFound } from '../platform/errors.js';
import type { Alarm } from './alarm.entity.js';
import { alarmOf } from './alarm.service.js';
import { findAlarms, lockAlarms } from './alarm.store.js';
import type { AlarmEvents } from './alarm-events.port.js';
import { setState } from './alarm-pass.store.js';
import type { SetAlarmStateInput } from './alarm-state.inputs.js';
import { tellChanges } from './alarm-telling.service.js';

export interface AlarmStateDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly events: AlarmEvents;
  readonly now: () => Date;
  /** Called after a commit that told of changes. */
  readonly onChanges: () => Promise<void>;
  readonly onDeliveries: () => Promise<void>;
}

/** Source: SetAlarmState, Amazon CloudWatch API Reference. */
const most = { reason: 1023, data: 4000 };

/** Puts alarms into states by hand. */
export class AlarmStates {
  constructor(private readonly deps: AlarmStateDeps) {}

  /**
   * Puts an alarm into a state until it is next evaluated; a composite alarm, until one of its children changes.
   *
   * @throws NOT_FOUND, BAD_USER_INPUT
   */
  async set(caller: Caller, input: SetAlarmStateInput): Promise<Alarm> {
    const { database, audit, events, now } = this.deps;
    const { alarmName, stateValue, stateReason } = input;
    if (stateReason.length > most.reason) {
      throw badInput('input.stateReason', `has ${stateReason.length} characters; ${most.reason} are the most`);
    }
    const stateReasonData = parseReasonData(input.stateReasonData);
    const { alarm, told } = await database.transaction(async (sql) => {
      const [row] = await lockAlarms(sql, [alarmName]);
      if (row === undefined || !coversAll(caller.accounts, row.accountIds)) throw notFound(`alarm "${alarmName}"`);
      const at = now();
      const stated = { stateReason, stateReasonData };
      await setState(sql, row.id, { ...stated, state: stateValue, at });
      const { accountIds } = row;
      await audit.record(
        caller,
        { action: 'setAlarmState', target: alarmName, accountIds, details: { stateValue } },
        sql,
      );
      const change = {
        ...stated,
        evaluatedAt: at.getTime(),
        previousState: row.state,
        state: stateValue,
        revision: 1,
        supersedes: null,
        isSet: true,
        actions: [stateValue],
        suppression: null,
      };
      const telling = {
        alarm: { ...row, actionsEnabled: row.definition.actionsEnabled },
        changes: row.state === stateValue ? [] : [change],
        isHistory: false,
        released: [],
      };
      const done = await tellChanges(sql, events, [telling], at);
      const [after] = await findAlarms(sql, [alarmName]);
      return { alarm: alarmOf(after ?? row), told: done };
    });
    if (told.changes > 0) await this.deps.onChanges();
    if (told.deliveries > 0) await this.deps.onDeliveries();
    return alarm;
  }
}

/** An object, or JSON text of one, as AWS takes it. */
function parseReasonData(given: unknown): Readonly<Record<string, unknown>> | null {
  if (given === null || given === undefined) return null;
  const argument = 'input.stateReasonData';
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  if (text.length > most.data) throw badInput(argument, `has ${text.length} characters; ${most.data} are the most`);
  let data: unknown;
  let isStorable = true;
  try {
    // Escaped, it comes through where text with it is refused.
    data = JSON.parse(text, (key, value: unknown) => {
      isStorable &&= isStorableText(key) && (typeof value !== 'string' || isStorableText(value));
      return value;
    });
  } catch {
    throw badInput(argument, 'is text that is not JSON');
  }
  if (!isStorable) throw badInput(argument, 'holds U+0000 or half of a surrogate pair, which no text here can have');
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw badInput(argument, 'is not an object');
  return data as Readonly<Record<string, unknown>>;
}
