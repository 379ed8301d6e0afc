import type { Sql } from '../platform/database/database.js';
import type { NewPoint } from './data-point.port.js';
import { readPeriods } from './data-point.store.js';
import { type Dimensions, digestOf, type MetricIdentity } from './metric-identity.js';
import { findMetrics } from './metric-registry.store.js';
import type { MetricUnit } from './metric-unit.js';

/** What the server tells of itself, in the namespace `Crosstrail`: anyone can look at it, and alarm on it. */
const ownMetrics = {
  EventsIngested: 'Count',
  DuplicateRecords: 'Count',
  FilesQuarantined: 'Count',
  FilesFailed: 'Count',
  FilesWaiting: 'Count',
  IngestLag: 'Seconds',
  ExpectedThroughAge: 'Seconds',
  MatchedEvents: 'Count',
  TriggeredRules: 'Count',
  Invocations: 'Count',
  FailedInvocations: 'Count',
  DeliveryLag: 'Seconds',
  DeliveriesDelivered: 'Count',
  DeliveriesFailed: 'Count',
} as const satisfies Readonly<Record<string, MetricUnit>>;
export type OwnMetric = keyof typeof ownMetrics;

/** Of whom, and of what, a figure tells. */
export interface OwnSubject {
  /** Sorted; null for every account. */
  readonly accountIds: readonly string[] | null;
  readonly dimensions?: Dimensions;
}

function ownMetric(metricName: OwnMetric, { accountIds, dimensions = {} }: OwnSubject): MetricIdentity {
  const accountId = accountIds?.length === 1 ? (accountIds[0] as string) : null;
  return { namespace: 'Crosstrail', metricName, dimensions, accountId, awsRegion: null, accountIds };
}

/**
 * Samples of a figure.
 *
 * @param time when it was so: milliseconds since 1970 UTC
 */
export function ownPoint(name: OwnMetric, subject: OwnSubject, time: number, values: readonly number[]): NewPoint {
  const counts = values.map(() => 1);
  const metric = ownMetric(name, subject);
  return { metric, outputId: null, time, storageResolution: 60, unit: ownMetrics[name], samples: { values, counts } };
}

/** One sample that stands for many: what they come to. */
export function ownSum(name: OwnMetric, subject: OwnSubject, time: number, sum: number): NewPoint[] {
  return sum === 0 ? [] : [ownPoint(name, subject, time, [sum])];
}

const dayS = 86_400;

/** What figures come to since a time, by the minute: 0 where nothing is known. In their order. */
export async function sumsSince(
  sql: Sql,
  figures: readonly { readonly name: OwnMetric; readonly subject: OwnSubject }[],
  since: Date,
  now: Date,
): Promise<number[]> {
  const digests = figures.map(({ name, subject }) => digestOf(ownMetric(name, subject)));
  const ids = new Map((await findMetrics(sql, digests)).map(({ digest, id }) => [digest, id]));
  const [from, to] = [since.getTime(), now.getTime() + 1];
  const rows = await readPeriods(
    sql,
    digests.map((digest) => {
      const id = ids.get(digest);
      return { metricIds: id === undefined ? [] : [id], from, to, period: dayS, unit: null, isDistributed: false };
    }),
  );
  const sums = figures.map(() => 0);
  for (const { index, sum } of rows) sums[index] = (sums[index] as number) + Number(sum);
  return sums;
}
