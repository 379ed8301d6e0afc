import type { Caller } from '../../src/access/context.js';
import { everyAccount } from '../../src/access/scope.js';
import type { AlarmDefinition } from '../../src/alarms/alarm-definition.js';
import { AlarmHistory } from '../../src/alarms/alarm-history.service.js';
import { AlarmWriter } from '../../src/alarms/alarm-writer.service.js';
import { TargetService, type TargetServiceDeps } from '../../src/deliveries/target.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import type { Database } from '../../src/platform/database/database.js';

/** Who makes the alarms of benchmarks. */
export const alarmCaller: Caller = {
  token: { id: '0', name: 'bench', expiresAt: null },
  scopes: new Set(['ALARMS_READ', 'ALARMS_WRITE', 'METRICS_READ', 'METRICS_WRITE']),
  accounts: everyAccount('benchmarks read and write everything'),
};

/** The target of all actions. */
export const targetName = 'bench';

/** Makes alarms as the API would, all of them in one transaction. */
export async function writeAlarms(
  database: Database,
  definitions: readonly AlarmDefinition[],
  now: number,
): Promise<void> {
  const history = new AlarmHistory({ database, cursors: createCursorCodec(Buffer.alloc(32)) });
  // Of targets only those that are there are asked for.
  const targets = new TargetService({} as TargetServiceDeps);
  const writer = new AlarmWriter(
    { targets, onAlarmsChanged: async () => undefined, now: () => new Date(now) },
    history,
  );
  await database.transaction((sql) => writer.put(sql, alarmCaller, definitions, { pack: null, path: '' }));
}

export async function plantTarget(database: Database): Promise<void> {
  await database.query(
    `INSERT INTO target (name, type, settings, secrets, is_ordered, max_concurrency, max_age_seconds, timeout_seconds)
     VALUES ($1, 'WEBHOOK', '{}', '', false, 8, 86400, 10)`,
    [targetName],
  );
}
