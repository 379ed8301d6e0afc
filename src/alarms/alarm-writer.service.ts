import type { Caller } from '../access/context.js';
import { coversAll } from '../access/scope.js';
import { reachIdOf } from '../deliveries/reach.service.js';
import type { TargetService } from '../deliveries/target.service.js';
import { watchMetrics } from '../metrics/metric-watch.service.js';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Sql } from '../platform/database/database.js';
import { badInput, conflict, notFound } from '../platform/errors.js';
import * as store from './alarm.store.js';
import type { AlarmConfigurationChange, OnAlarmsChanged } from './alarm-configuration-change.port.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { AlarmHistory } from './alarm-history.service.js';
import { placeOf } from './alarm-place.js';
import {
  type AlarmPut,
  actionsOf,
  isMoved,
  isSame,
  rejudging,
  requireFree,
  requireOwn,
  watchedBy,
} from './alarm-put.js';
import { reaches } from './alarm-reach.js';
import { plantComposites, requireParentsReach, requireUnused } from './alarm-tree.js';
import * as writes from './alarm-write.store.js';
import { firstJudging } from './judging-times.js';

export interface AlarmWriterDeps {
  readonly targets: TargetService;
  readonly onAlarmsChanged: OnAlarmsChanged;
  readonly now: () => Date;
}

/** How alarms are put. */
export interface PutOptions {
  /** What they are installed with; null: nothing, and what they had stays. */
  readonly pack: string | null;
  /** What stands before the names of arguments in errors, such as `input.`. */
  readonly path: string;
}

/** What became of alarms. */
export interface PutAlarms {
  /** All that were given, as they are now; by name. */
  readonly alarms: readonly store.AlarmRow[];
  /** Whether any is new or other than it was: then evaluation is to be woken after the commit. */
  readonly isChanged: boolean;
}

/** Of the whole installation: how long a pass over all of them takes is bounded by it. */
const mostAlarms = 20_000;

/** Changes alarms in a transaction of the caller's: many in as many statements as one. */
export class AlarmWriter {
  constructor(
    private readonly deps: AlarmWriterDeps,
    private readonly history: AlarmHistory,
  ) {}

  /**
   * Makes alarms, or replaces those of their names. What is there already as it is given stays as it is.
   *
   * @param definitions of different names; a composite alarm may be made of others among them
   * @throws CONFLICT where an alarm out of reach has a name, BAD_USER_INPUT for targets or alarms that are not there
   */
  async put(
    sql: Sql,
    caller: Caller,
    definitions: readonly AlarmDefinition[],
    { pack, path }: PutOptions,
  ): Promise<PutAlarms> {
    const names = definitions.map(({ alarmName }) => alarmName);
    const known = await this.#lock(sql, names);
    const puts = definitions.map((definition) => ({ definition, known: known.get(definition.alarmName) ?? null }));
    for (const one of puts) requireFree(one, caller.accounts, pack);
    const changed = puts.filter((one) => !isSame(one, pack));
    if (changed.length > 0) {
      const ids = await this.#write(sql, changed, pack);
      await this.#setActions(sql, caller, changed, ids, path);
      await plantComposites(sql, caller.accounts, compositesOf(changed, ids), path);
    }
    const alarms = await store.findAlarms(sql, names);
    const moved = new Set(changed.filter(isMoved).map(({ definition }) => definition.alarmName));
    await requireParentsReach(
      sql,
      alarms.filter(({ name }) => moved.has(name)),
      path,
    );
    await this.#tell(sql, changed, alarms);
    return { alarms, isChanged: changed.length > 0 };
  }

  /** Has alarms tell their targets, or not. */
  async setActionsEnabled(
    sql: Sql,
    caller: Caller,
    names: readonly string[],
    enabled: boolean,
  ): Promise<readonly store.AlarmRow[]> {
    const rows = await this.#require(sql, caller, names);
    const changed = rows
      .filter(({ definition }) => definition.actionsEnabled !== enabled)
      .map((known) => ({ known, definition: { ...known.definition, actionsEnabled: enabled } }));
    await this.#write(sql, changed, null);
    const alarms = await store.findAlarms(sql, names);
    await this.#tell(sql, changed, alarms);
    return alarms;
  }

  /** All of them, or none. @throws NOT_FOUND for one that does not exist for the scope, CONFLICT while one is used */
  async delete(sql: Sql, caller: Caller, names: readonly string[]): Promise<readonly store.AlarmRow[]> {
    const rows = await this.#require(sql, caller, names);
    await requireUnused(sql, caller.accounts, rows);
    const ids = rows.map(({ id }) => id);
    await watchMetrics(sql, new Map(ids.map((id) => [id, []])));
    await writes.deleteAlarms(sql, ids);
    await this.#note(
      sql,
      rows.map((before) => ({ operation: 'delete', before, after: null })),
    );
    return rows;
  }

  /** Changes of alarms take turns: this holds the turn to the commit. */
  async #lock(sql: Sql, names: readonly string[]): Promise<ReadonlyMap<string, store.AlarmRow>> {
    await lock(sql, advisoryLocks.alarms);
    return new Map((await store.lockAlarms(sql, names)).map((row) => [row.name, row]));
  }

  /** @returns by name, each once */
  async #require(sql: Sql, caller: Caller, names: readonly string[]): Promise<store.AlarmRow[]> {
    const known = await this.#lock(sql, names);
    return [...new Set(names)].sort().map((name) => {
      const row = known.get(name);
      if (row === undefined || !coversAll(caller.accounts, row.accountIds)) throw notFound(`alarm "${name}"`);
      requireOwn(row);
      return row;
    });
  }

  /** @returns the ids of alarms by name */
  async #write(sql: Sql, puts: readonly AlarmPut[], pack: string | null): Promise<ReadonlyMap<string, string>> {
    const now = this.deps.now();
    const added = puts.filter(({ known }) => known === null);
    if (added.length > 0) await requireRoom(sql, added.length);
    const settings = await settingsOf(sql, puts, pack);
    const made = await writes.insertAlarms(
      sql,
      settings.flatMap(({ put, ...rest }) =>
        put.known === null ? [{ ...rest, judging: firstJudging(rest.definition, now) }] : [],
      ),
      now,
    );
    const changed = settings.flatMap(({ put: { known }, ...rest }) =>
      known === null ? [] : [{ ...rest, id: known.id, judging: rejudging(rest.definition, known, now) }],
    );
    await writes.updateAlarms(sql, changed, now);
    const ids = new Map(
      [...made, ...changed.map(({ id, definition }) => ({ id, name: definition.alarmName }))].map(({ id, name }) => [
        name,
        id,
      ]),
    );
    const watches = puts.map(
      ({ definition }) => [ids.get(definition.alarmName) as string, watchedBy(definition)] as const,
    );
    await watchMetrics(sql, new Map(watches));
    return ids;
  }

  async #setActions(
    sql: Sql,
    caller: Caller,
    puts: readonly AlarmPut[],
    ids: ReadonlyMap<string, string>,
    path: string,
  ): Promise<void> {
    const wanted = puts.flatMap(({ definition }) => actionsOf(definition));
    const targets = [...new Set(wanted.map(({ target }) => target))];
    const found = await this.deps.targets.findForRules(sql, caller.accounts, targets);
    const actions = wanted.map(({ definition, target, argument, place, state }) => {
      const known = found.get(target);
      if (known === undefined)
        throw badInput(path + argument, `there is no target "${target}"; make it with putTarget`);
      if (!reaches(known.accountIds, definition.accountIds)) throw badInput(path + argument, beyond(target));
      return { alarmId: ids.get(definition.alarmName) as string, state, targetId: known.id, place };
    });
    await writes.replaceActions(sql, [...ids.values()], actions);
  }

  async #tell(sql: Sql, puts: readonly AlarmPut[], alarms: readonly store.AlarmRow[]): Promise<void> {
    const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
    const changes = puts.map(({ definition, known: before }): AlarmConfigurationChange => {
      const after = byName.get(definition.alarmName) as store.AlarmRow;
      return before === null ? { operation: 'create', before, after } : { operation: 'update', before, after };
    });
    await this.#note(sql, changes);
  }

  async #note(sql: Sql, changes: readonly AlarmConfigurationChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.history.noteConfiguration(sql, changes, this.deps.now());
    await this.deps.onAlarmsChanged(sql, changes);
  }
}

/** What is stored of alarms: where many see the same accounts, their reach is looked up once. */
async function settingsOf(sql: Sql, puts: readonly AlarmPut[], pack: string | null) {
  const reachIds = new Map<string, string>();
  const settings: (writes.AlarmSettings & { readonly put: AlarmPut })[] = [];
  for (const put of puts) {
    const { definition } = put;
    const key = definition.accountIds?.join(',') ?? null;
    if (key !== null && !reachIds.has(key)) reachIds.set(key, await reachIdOf(sql, definition.accountIds ?? []));
    const reachId = key === null ? null : (reachIds.get(key) as string);
    settings.push({ put, definition, ...placeOf(definition), reachId, pack });
  }
  return settings;
}

function compositesOf(puts: readonly AlarmPut[], ids: ReadonlyMap<string, string>) {
  return puts.flatMap(({ definition }) =>
    definition.alarmType === 'COMPOSITE' ? [{ id: ids.get(definition.alarmName) as string, definition }] : [],
  );
}

/** @throws CONFLICT where there would be more than there may be */
async function requireRoom(sql: Sql, added: number): Promise<void> {
  if ((await store.sizeOfAll(sql)) + added > mostAlarms) throw conflict(`there may be ${mostAlarms} alarms at most`);
}

function beyond(target: string): string {
  return `the alarm sees accounts that target "${target}" is not for: give the target more accountIds, or the alarm fewer`;
}
