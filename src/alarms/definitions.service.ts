import type { AlarmRule } from '../patterns/alarm-rule/alarm-rule.js';
import { parseAlarmRule } from '../patterns/alarm-rule/parse-alarm-rule.js';
import type { Sql } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { AlarmDefinition, CompositeAlarmDefinition } from './alarm-definition.js';
import { readDefinitions } from './alarm-pass.store.js';
import { type CompiledAlarm, compileAlarm } from './compiled-alarm.js';

/** An alarm as it was put, ready to be judged. */
export type CompiledDefinition =
  | { readonly type: 'METRIC'; readonly definition: AlarmDefinition; readonly compiled: CompiledAlarm }
  | { readonly type: 'COMPOSITE'; readonly definition: CompositeAlarmDefinition; readonly rule: AlarmRule };

/** As many as there may be alarms, and some that were changed. */
const mostKept = 25_000;

/** Definitions by their ids, which never change: each is read and compiled once. One in a process. */
export class Definitions {
  readonly #known = new Map<string, CompiledDefinition | null>();

  constructor(private readonly log: Logger) {}

  /** Null for one that this version cannot read. */
  async of(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, CompiledDefinition | null>> {
    const missing = [...new Set(ids)].filter((id) => !this.#known.has(id));
    const read = await readDefinitions(sql, missing);
    if (this.#known.size + read.length > mostKept) this.#known.clear();
    const found = new Map(ids.map((id) => [id, this.#known.get(id) ?? null]));
    for (const { id, definition } of read) {
      const compiled = this.#compile(id, definition);
      this.#known.set(id, compiled);
      found.set(id, compiled);
    }
    return found;
  }

  #compile(id: string, definition: AlarmDefinition): CompiledDefinition | null {
    try {
      return definition.alarmType === 'METRIC'
        ? { type: 'METRIC', definition, compiled: compileAlarm(definition) }
        : { type: 'COMPOSITE', definition, rule: parseAlarmRule(definition.alarmRule) };
    } catch (error) {
      const fields = { ...failureFields(error), alarm: definition.alarmName, definitionId: id };
      this.log.error(fields, 'an alarm cannot be read, and is not judged: put it again');
      return null;
    }
  }
}
