import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, coversAll } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { Alarm, CompositeAlarm, MetricAlarm } from './alarm.entity.js';
import type { AlarmsArgs, MetricAlarmInput, PutCompositeAlarmInput } from './alarm.inputs.js';
import * as store from './alarm.store.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { parseMetricAlarm } from './alarm-settings.js';
import type { AlarmWriter } from './alarm-writer.service.js';
import { parseCompositeAlarm } from './composite-alarm-settings.js';

export interface AlarmServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  /** Called after a commit that left alarms to be evaluated. */
  readonly onDue: () => Promise<void>;
}

const cursorKind = 'alarms';
/** Source: DeleteAlarms, Amazon CloudWatch API Reference. */
const mostNames = 100;

/** Alarms as their owners know them. */
export class AlarmService {
  constructor(
    private readonly deps: AlarmServiceDeps,
    private readonly writer: AlarmWriter,
  ) {}

  /** In the order of the ids: null for one that does not exist for the scope. */
  async findAll(scope: AccountScope, ids: readonly string[]): Promise<(Alarm | null)[]> {
    // What is no id of ours would not be a number to Postgres either.
    const known = await store.findAlarmsById(
      this.deps.database,
      ids.filter((id) => /^\d{1,18}$/.test(id)),
    );
    const visible = known.filter(({ accountIds }) => coversAll(scope, accountIds));
    const byId = new Map(visible.map((row) => [row.id, alarmOf(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  async list(scope: AccountScope, args: AlarmsArgs): Promise<Connection<Alarm>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const filter = args.filter ?? {};
    const after = decodeCursor(cursors, cursorKind, args.after);
    const rows = await store.listAlarms(database.reads, scope, filter, after && String(after[0]), first + 1);
    return pageOf({
      rows: rows.map(alarmOf),
      first,
      after: after !== null,
      cursorOf: ({ name }) => cursors.encode(cursorKind, [name]),
      totalCount: () => store.countAlarms(database.reads, scope, filter),
    });
  }

  /** @throws CONFLICT where an alarm out of reach has the name */
  async putMetric(caller: Caller, input: MetricAlarmInput): Promise<MetricAlarm> {
    return (await this.#put(caller, 'putMetricAlarm', parseMetricAlarm(input, caller.accounts))) as MetricAlarm;
  }

  /** @throws CONFLICT where an alarm out of reach has the name, or alarms would depend on themselves */
  async putComposite(caller: Caller, input: PutCompositeAlarmInput): Promise<CompositeAlarm> {
    return (await this.#put(
      caller,
      'putCompositeAlarm',
      parseCompositeAlarm(input, caller.accounts),
    )) as CompositeAlarm;
  }

  /** All of them, or none; as they were. */
  async delete(caller: Caller, names: readonly string[]): Promise<Alarm[]> {
    return this.#change(caller, 'deleteAlarms', names, (sql) => this.writer.delete(sql, caller, names));
  }

  async setActionsEnabled(caller: Caller, names: readonly string[], enabled: boolean): Promise<Alarm[]> {
    const action = enabled ? 'enableAlarmActions' : 'disableAlarmActions';
    return this.#change(caller, action, names, (sql) => this.writer.setActionsEnabled(sql, caller, names, enabled));
  }

  async #put(caller: Caller, action: string, definition: AlarmDefinition): Promise<Alarm> {
    let isChanged = false;
    const [alarm] = await this.#change(caller, action, [definition.alarmName], async (sql) => {
      const put = await this.writer.put(sql, caller, [definition], { pack: null, path: 'input.' });
      isChanged = put.isChanged;
      return put.alarms;
    });
    if (isChanged) await this.deps.onDue();
    return alarm as Alarm;
  }

  /** One change of alarms, with an entry in the audit log for each: who reads it must see all accounts of an alarm. */
  async #change(
    caller: Caller,
    action: string,
    names: readonly string[],
    work: (sql: Sql) => Promise<readonly store.AlarmRow[]>,
  ): Promise<Alarm[]> {
    if (names.length === 0 || names.length > mostNames) {
      throw badInput('input.alarmNames', `must be 1 to ${mostNames} names`);
    }
    return this.deps.database.transaction(async (sql) => {
      const rows = await work(sql);
      for (const { name, accountIds } of rows) {
        await this.deps.audit.record(caller, { action, target: name, accountIds }, sql);
      }
      return rows.map(alarmOf);
    });
  }
}

/** An alarm as clients see it. */
export function alarmOf({ definition, accountId, judgedThrough: _, type: _type, ...row }: store.AlarmRow): Alarm {
  return { ...definition, ...row, account: accountId } as Alarm;
}
