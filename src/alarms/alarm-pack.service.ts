import type { AuditLog } from '../access/audit.service.js';
import { chosenAccounts } from '../access/chosen-accounts.js';
import type { Caller } from '../access/context.js';
import { coversAll } from '../access/scope.js';
import type { MetricFilter } from '../metrics/metric-filter.entity.js';
import type { MetricFilterService } from '../metrics/metric-filter.service.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import type { Alarm } from './alarm.entity.js';
import { alarmOf } from './alarm.service.js';
import { findAlarms } from './alarm.store.js';
import type { AlarmPackArgs, InstallAlarmPackArgs } from './alarm-pack.inputs.js';
import { parseMetricAlarm } from './alarm-settings.js';
import type { AlarmWriter } from './alarm-writer.service.js';
import { type AlarmPackName, alarmPacks, type PackInputs, packInputs } from './packs/alarm-pack.js';

export interface AlarmPackDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly writer: AlarmWriter;
  readonly filters: MetricFilterService;
  /** Called after a commit that left alarms to be evaluated. */
  readonly onDue: () => Promise<void>;
}

/** What a pack consists of. */
export interface InstalledPack {
  readonly alarms: Alarm[];
  readonly metricFilters: MetricFilter[];
}

/** Metric filters and alarms that belong together, installed and removed as one. */
export class AlarmPacks {
  constructor(private readonly deps: AlarmPackDeps) {}

  /**
   * Installs a pack, or brings what is installed of it up to date. To install it again changes nothing.
   *
   * @throws BAD_USER_INPUT, CONFLICT where a name is taken by what was not installed with the pack, or is out of reach
   */
  async install(caller: Caller, args: InstallAlarmPackArgs): Promise<InstalledPack> {
    const { database, audit, writer, filters, onDue } = this.deps;
    const { name, inputs, accountIds } = packOf(caller, args, args);
    const definitions = inputs.metricAlarms.map((alarm) => parseMetricAlarm(alarm, caller.accounts, ''));
    const { installed, isChanged } = await database.transaction(async (sql) => {
      const metricFilters: MetricFilter[] = [];
      for (const filter of inputs.metricFilters) metricFilters.push(await filters.putWithin(sql, caller, filter, name));
      const put = await writer.put(sql, caller, definitions, { pack: name, path: '' });
      await audit.record(caller, { action: 'installAlarmPack', target: name, accountIds }, sql);
      return { installed: { alarms: put.alarms.map(alarmOf), metricFilters }, isChanged: put.isChanged };
    });
    if (isChanged) await onDue();
    return installed;
  }

  /**
   * Removes what is there of a pack.
   *
   * @returns what it was; nothing where it was not installed
   * @throws CONFLICT while a composite alarm uses one of its alarms
   */
  async remove(caller: Caller, args: AlarmPackArgs): Promise<InstalledPack> {
    const { database, audit, writer, filters } = this.deps;
    const { name, inputs, accountIds } = packOf(caller, args, {});
    return database.transaction(async (sql) => {
      const metricFilters: MetricFilter[] = [];
      for (const filter of await this.#filtersOf(caller, name, inputs)) {
        metricFilters.push(await filters.deleteWithin(sql, caller, filter));
      }
      const alarms = await this.#alarmsOf(sql, caller, name, inputs);
      const rows = alarms.length === 0 ? [] : await writer.delete(sql, caller, alarms);
      await audit.record(caller, { action: 'removeAlarmPack', target: name, accountIds }, sql);
      return { alarms: rows.map(alarmOf), metricFilters };
    });
  }

  /** Names of its metric filters that are there for the caller, and were not put by hand under such a name. */
  async #filtersOf(caller: Caller, pack: string, { metricFilters }: PackInputs): Promise<string[]> {
    const found: string[] = [];
    for (const { name } of metricFilters) {
      if ((await this.deps.filters.find(caller.accounts, name))?.pack === pack) found.push(name);
    }
    return found;
  }

  /** Names of its alarms that are there for the caller, and were not put by hand under such a name. */
  async #alarmsOf(sql: Sql, caller: Caller, name: string, { metricAlarms }: PackInputs): Promise<string[]> {
    const rows = await findAlarms(
      sql,
      metricAlarms.map(({ alarmName }) => alarmName),
    );
    return rows
      .filter(({ pack, accountIds }) => pack === name && coversAll(caller.accounts, accountIds))
      .map((row) => row.name);
  }
}

function packOf(
  caller: Caller,
  { name, accountIds: named }: AlarmPackArgs,
  { alarmActions, okActions }: Pick<InstallAlarmPackArgs, 'alarmActions' | 'okActions'>,
) {
  if (!Object.hasOwn(alarmPacks, name)) {
    throw badInput('name', `is not one of ${Object.keys(alarmPacks).join(', ')}`);
  }
  const accountIds = chosenAccounts('accountIds', named, caller.accounts);
  const choice = { accountIds, alarmActions: alarmActions ?? [], okActions: okActions ?? [] };
  return { name, accountIds, inputs: packInputs(name as AlarmPackName, choice) };
}
