import { isDeepStrictEqual } from 'node:util';
import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, coversAll } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import { filterMetric } from './filter-metric.js';
import type { FilterDefinition } from './filter-set.port.js';
import { lockFilters, raiseVersion } from './filter-set.store.js';
import { cancelBackfills } from './metric-backfill.store.js';
import type { MetricFilter } from './metric-filter.entity.js';
import type { MetricFiltersArgs, PutMetricFilterInput } from './metric-filter.inputs.js';
import * as store from './metric-filter.store.js';
import { parseMetricFilter } from './metric-filter-settings.js';
import { digestOf } from './metric-identity.js';
import type { MetricRegistry } from './metric-registry.service.js';
import { unitNumber } from './metric-unit.js';

export interface MetricFilterDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly registry: MetricRegistry;
}

const cursorKind = 'metricFilters';
/** Of all filters together: what each thread that matches holds is bounded by it. */
const most = { filters: 10_000, accounts: 1_000_000 };

/** Metric filters as their owners know them. */
export class MetricFilterService {
  constructor(private readonly deps: MetricFilterDeps) {}

  async list(scope: AccountScope, args: MetricFiltersArgs): Promise<Connection<MetricFilter>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const filter = args.filter ?? {};
    const after = decodeCursor(cursors, cursorKind, args.after);
    const rows = await store.listFilters(database.reads, scope, filter, after && String(after[0]), first + 1);
    return pageOf({
      rows: rows.map(filterOf),
      first,
      after: after !== null,
      cursorOf: ({ name }) => cursors.encode(cursorKind, [name]),
      totalCount: () => store.countFilters(database.reads, scope, filter),
    });
  }

  async find(scope: AccountScope, name: string): Promise<MetricFilter | null> {
    const row = await store.findFilter(this.deps.database, name);
    return row !== null && coversAll(scope, row.accountIds) ? filterOf(row) : null;
  }

  /**
   * What is there already as it is given stays as it is: no version, and no default, of its own.
   *
   * @throws CONFLICT where a filter out of reach has the name
   */
  put(caller: Caller, input: PutMetricFilterInput): Promise<MetricFilter> {
    return this.deps.database.transaction((sql) => this.putWithin(sql, caller, input, null));
  }

  /**
   * The same in a transaction of the caller's.
   *
   * @param pack what it is installed with; null: nothing, and what it was installed with stays
   * @throws CONFLICT also where a filter has the name that was not installed with the pack
   */
  putWithin(sql: Sql, caller: Caller, input: PutMetricFilterInput, pack: string | null): Promise<MetricFilter> {
    const parsed = parseMetricFilter(input, caller.accounts);
    return this.#change(sql, caller, 'putMetricFilter', parsed.name, async () => {
      const known = await store.findFilter(sql, parsed.name);
      if (known !== null && !coversAll(caller.accounts, known.accountIds)) throw taken(parsed.name);
      if (known !== null && pack !== null && known.pack !== pack) throw notOfPack(parsed.name, pack);
      if (known !== null && isSame(known, parsed)) return parsed.accountIds;
      await requireRoom(sql, parsed);
      const version = await raiseVersion(sql);
      if (known !== null) await close(sql, known, parsed, version);
      const digest = digestOf(filterMetric(parsed, {}));
      const outputId = await store.openOutput(sql, parsed.name, digest, version);
      const filter = { ...parsed, outputId };
      await store.writeFilter(sql, filter, pack);
      if (known === null || !statesTheSame(known, filter)) await this.#stateDefault(sql, filter, version);
      return parsed.accountIds;
    });
  }

  delete(caller: Caller, name: string): Promise<MetricFilter> {
    return this.deps.database.transaction((sql) => this.deleteWithin(sql, caller, name));
  }

  /** The same in a transaction of the caller's. */
  async deleteWithin(sql: Sql, caller: Caller, name: string): Promise<MetricFilter> {
    let deleted: store.MetricFilterRow | null = null;
    await this.#change(sql, caller, 'deleteMetricFilter', name, async () => {
      deleted = await this.require(caller.accounts, name, sql);
      const version = await raiseVersion(sql);
      await store.closeOutput(sql, deleted.outputId, version);
      await cancelBackfills(sql, deleted.outputId);
      await store.deleteFilter(sql, name);
      return deleted.accountIds;
    });
    return filterOf(deleted as unknown as store.MetricFilterRow);
  }

  /** @throws NOT_FOUND where it does not exist for the scope */
  async require(scope: AccountScope, name: string, sql: Sql): Promise<store.MetricFilterRow> {
    const row = await store.findFilter(sql, name);
    if (row === null || !coversAll(scope, row.accountIds)) throw notFound(`metric filter "${name}"`);
    return row;
  }

  /** A metric with a default has data points before any event has matched. */
  async #stateDefault(sql: Sql, filter: FilterDefinition, version: string): Promise<void> {
    const { defaultValue, unit } = filter.transformation;
    await store.closeDefault(sql, filter.outputId, version);
    if (defaultValue === null) return;
    const metricId = await this.deps.registry.idOf(sql, filterMetric(filter, {}));
    if (metricId === null) return;
    await store.openDefault(sql, { ...filter, metricId, value: defaultValue, unit: unitNumber(unit) }, version);
  }

  /**
   * One change of filters, with its entry in the audit log. Whoever holds the filters compiled learns of it by the version.
   *
   * @param work returns the accounts that the change reaches
   */
  async #change(
    sql: Sql,
    caller: Caller,
    action: string,
    name: string,
    work: () => Promise<readonly string[] | null>,
  ): Promise<MetricFilter> {
    await lockFilters(sql);
    const accountIds = await work();
    await this.deps.audit.record(caller, { action, target: name, accountIds }, sql);
    const row = await store.findFilter(sql, name);
    return row === null ? (undefined as never) : filterOf(row);
  }
}

/** What it counted so far ends where it counts into another metric from now on; a run over stored events ends in any case. */
async function close(sql: Sql, known: store.MetricFilterRow, parsed: Definition, version: string): Promise<void> {
  const isOneMetric = digestOf(filterMetric(known, {})) === digestOf(filterMetric(parsed, {}));
  if (!isOneMetric) await store.closeOutput(sql, known.outputId, version);
  if (!isOneMetric || !countsTheSame(known, parsed)) await cancelBackfills(sql, known.outputId);
}

type Definition = Omit<FilterDefinition, 'outputId'>;

/** Whether they count the same into one metric. */
function countsTheSame(one: Definition, other: Definition): boolean {
  const told = ({ filterPattern, regions, transformation }: Definition) => [
    filterPattern,
    regions,
    transformation.metricValue,
    transformation.unit,
    Object.entries(transformation.dimensions ?? {}).sort(),
  ];
  return isDeepStrictEqual(told(one), told(other));
}

/** Whether they report the same for minutes in which nothing matches. */
function statesTheSame(one: FilterDefinition, other: FilterDefinition): boolean {
  const told = ({ outputId, accountIds, regions, transformation }: FilterDefinition) => [
    outputId,
    accountIds,
    regions,
    transformation.defaultValue,
    transformation.unit,
  ];
  return isDeepStrictEqual(told(one), told(other));
}

function isSame(known: FilterDefinition, parsed: Definition): boolean {
  const { outputId } = known;
  const isOneMetric = digestOf(filterMetric(known, {})) === digestOf(filterMetric(parsed, {}));
  return isOneMetric && countsTheSame(known, parsed) && statesTheSame(known, { ...parsed, outputId });
}

/** @throws CONFLICT where all filters together would come to more than can be held */
async function requireRoom(sql: Sql, filter: Definition): Promise<void> {
  const others = await store.sizeOfOthers(sql, filter.name);
  if (others.filters >= most.filters) throw conflict(`${most.filters} metric filters are there, which is the most`);
  if (others.accounts + (filter.accountIds?.length ?? 0) > most.accounts) {
    throw conflict(
      `all metric filters together would name more than ${most.accounts} accounts: use some of every account`,
    );
  }
}

function taken(name: string) {
  return conflict(`the name "${name}" is taken by a metric filter that this token does not cover`);
}

function notOfPack(name: string, pack: string) {
  return conflict(
    `the name "${name}" is taken by a metric filter that was not installed with ${pack}: delete it first`,
  );
}

function filterOf({ transformation, ...row }: store.MetricFilterRow): MetricFilter {
  return {
    ...row,
    accountIds: row.accountIds as string[] | null,
    regions: row.regions as string[] | null,
    metricTransformations: [transformation],
  };
}
