import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { AlarmHistoryArgs } from './alarm.inputs.js';
import type { AlarmRow } from './alarm.store.js';
import type { AlarmConfigurationChange } from './alarm-configuration-change.port.js';
import type { AlarmHistoryItem } from './alarm-history.entity.js';
import * as store from './alarm-history.store.js';
import { configurationHistory } from './alarm-history-shapes.js';

const cursorKind = 'alarmHistory';
const types = { create: 'Create', update: 'Update', delete: 'Delete' } as const;

/** What CloudWatch calls the history of an alarm. */
export class AlarmHistory {
  constructor(private readonly deps: { readonly database: Database; readonly cursors: CursorCodec }) {}

  /** Of some alarms the same part, in their order: the newest first. */
  async pages(
    scope: AccountScope,
    alarmIds: readonly string[],
    args: AlarmHistoryArgs,
  ): Promise<Connection<AlarmHistoryItem>[]> {
    const { reads } = this.deps.database;
    const first = pageSize(args.first);
    const after = decodeCursor(this.deps.cursors, cursorKind, args.after);
    const page = { types: args.types ?? null, after: after && String(after[0]), limit: first + 1 };
    const rows = await store.readHistory(reads, scope, alarmIds, page);
    const items = rows.map(itemOf);
    return alarmIds.map((alarmId) =>
      pageOf({
        rows: items.filter((item) => item.alarmId === alarmId),
        first,
        after: after !== null,
        cursorOf: ({ id }) => this.deps.cursors.encode(cursorKind, [id]),
        totalCount: () => store.countHistory(reads, scope, alarmId, page.types),
      }),
    );
  }

  /** Notes that alarms were made, changed or deleted. */
  async noteConfiguration(sql: Sql, changes: readonly AlarmConfigurationChange[], now: Date): Promise<void> {
    await store.insertHistory(
      sql,
      changes.map(({ operation, before, after }) => {
        const row: AlarmRow = after ?? before;
        const { accountId, region, definition, state, stateUpdatedAt } = row;
        const { summary, data } = configurationHistory(types[operation], definition, {
          place: { accountId, region },
          configuredAt: row.updatedAt.getTime(),
          state: { value: state, updatedAt: stateUpdatedAt.getTime() },
        });
        return {
          alarmId: row.id,
          alarmName: row.name,
          alarmType: row.type,
          accountIds: row.accountIds,
          timestamp: now,
          type: 'ConfigurationUpdate',
          summary,
          data,
        };
      }),
    );
  }
}

function itemOf({
  type,
  summary,
  data,
  alarmType,
  ...row
}: store.HistoryRow): AlarmHistoryItem & { readonly alarmId: string } {
  return {
    ...row,
    alarmType: alarmType === 'METRIC' ? 'MetricAlarm' : 'CompositeAlarm',
    historyItemType: type,
    historySummary: summary,
    historyData: data,
  };
}
