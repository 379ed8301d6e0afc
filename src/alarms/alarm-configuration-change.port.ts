import type { Sql } from '../platform/database/database.js';
import type { AlarmRow } from './alarm.store.js';

/** That an alarm was made, changed or deleted. */
export type AlarmConfigurationChange =
  | { readonly operation: 'create'; readonly before: null; readonly after: AlarmRow }
  | { readonly operation: 'update'; readonly before: AlarmRow; readonly after: AlarmRow }
  | { readonly operation: 'delete'; readonly before: AlarmRow; readonly after: null };

/** Called in the transaction of the changes, as its last work. */
export type OnAlarmsChanged = (sql: Sql, changes: readonly AlarmConfigurationChange[]) => Promise<void>;
