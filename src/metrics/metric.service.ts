import type { Caller } from '../access/context.js';
import { type AccountScope, requireAccount } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { badInput, conflict } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { NewPoint } from './data-point.port.js';
import type { Metric } from './metric.entity.js';
import type { MetricsArgs, PutMetricDataInput } from './metric.inputs.js';
import * as store from './metric.store.js';
import { parseMetricData } from './metric-datum.js';
import type { MetricIdentity } from './metric-identity.js';
import { type MetricRegistry, mostOfName } from './metric-registry.service.js';
import { PointWriter } from './point-writer.service.js';

export interface MetricServiceDeps {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
  /** Called after data points were stored: alarms may have to be judged. */
  readonly onData: () => Promise<void>;
}

const cursorKind = 'metrics';
const mostDimensions = 10;

/** Metrics as clients see them, and the data points that they put. */
export class MetricService {
  constructor(private readonly deps: MetricServiceDeps) {}

  async list(scope: AccountScope, args: MetricsArgs): Promise<Connection<Metric>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const filter = args.filter ?? {};
    if ((filter.dimensions?.length ?? 0) > mostDimensions) {
      throw badInput('filter.dimensions', `names more than ${mostDimensions} dimensions`);
    }
    const after = decodeCursor(cursors, cursorKind, args.after);
    const place = after && ([String(after[0]), String(after[1]), String(after[2])] as const);
    const rows = await store.listMetrics(database.reads, scope, filter, place, first + 1);
    return pageOf({
      rows: rows.map(metricOf),
      first,
      after: after !== null,
      cursorOf: ({ namespace, metricName, id }) => cursors.encode(cursorKind, [namespace, metricName, id]),
      totalCount: () => store.countMetrics(database.reads, scope, filter),
    });
  }

  /**
   * Stores samples: all of them, or none.
   *
   * @returns how many there were
   * @throws CONFLICT where a name would come to have more metrics than it may
   */
  async put({ accounts }: Caller, input: PutMetricDataInput): Promise<number> {
    const { database, registry, now } = this.deps;
    const data = parseMetricData(input.namespace, input.metricData, now());
    const whose = ownerOf(accounts, input);
    const points = data.map(({ metricName, dimensions, time, storageResolution, unit, samples }): NewPoint => {
      const metric: MetricIdentity = { namespace: input.namespace, metricName, dimensions, ...whose };
      return { metric, outputId: null, time, storageResolution, unit, samples };
    });
    await database.transaction(async (sql) => {
      const writer = new PointWriter(sql, registry, now());
      await writer.add(points);
      await writer.finish();
      const [crowded] = writer.crowded;
      if (crowded !== undefined)
        throw conflict(`${crowded} has as many combinations of dimensions as a metric may have: ${mostOfName}`);
    });
    await this.deps.onData();
    return data.length;
  }
}

/** @throws NOT_FOUND for an account that the token does not cover */
function ownerOf(
  scope: AccountScope,
  { accountId, region }: PutMetricDataInput,
): Pick<MetricIdentity, 'accountId' | 'awsRegion' | 'accountIds'> {
  const [only, ...others] = scope.accountIds ?? [];
  const named = accountId ?? (others.length === 0 ? only : undefined) ?? null;
  if (named === null) {
    if (region) throw badInput('input.region', 'is of an account: name it with accountId');
    return { accountId: null, awsRegion: null, accountIds: scope.accountIds };
  }
  requireAccount(scope, named);
  if (region && !/^[a-z0-9-]{1,64}$/.test(region)) throw badInput('input.region', 'is no region');
  return { accountId: named, awsRegion: region ?? null, accountIds: [named] };
}

function metricOf(row: store.MetricRow): Metric {
  const dimensions = Object.entries(row.dimensions).sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...row, dimensions: dimensions.map(([name, value]) => ({ name, value })) };
}
