import type { Sql } from '../platform/database/database.js';
import { readStoredRecords } from './record.store.js';

/** A batch whose events are stored. */
export interface StoredBatch {
  readonly id: string;
  readonly position: string;
  /** The metric filters that saw its events as they came. */
  readonly filterVersion: string;
  readonly events: number;
  readonly minTime: Date;
  readonly maxTime: Date;
}

/** An event of a batch, as far as its record does not say it. */
export interface StoredEvent {
  readonly batchId: string;
  readonly ordinal: number;
  readonly account: string;
  readonly awsRegion: string;
  readonly eventTime: Date;
}

/** Which events of a batch. */
export interface StoredEventFilter {
  readonly accountIds: readonly string[] | null;
  readonly regions: readonly string[] | null;
  readonly from: Date | null;
  /** Not in it. */
  readonly to: Date | null;
}

/**
 * The next events of a batch, in the order of their ordinals.
 *
 * @param fromOrdinal those before it are left out
 */
export async function readBatch(
  sql: Sql,
  { id, minTime, maxTime }: StoredBatch,
  { accountIds, regions, from, to }: StoredEventFilter,
  fromOrdinal: number,
  limit: number,
): Promise<StoredEvent[]> {
  return sql.query<StoredEvent>(
    `SELECT batch_id AS "batchId", ordinal, account_id AS account, coalesce(aws_region, '') AS "awsRegion",
       event_time AS "eventTime"
     FROM event
     WHERE batch_id = $1 AND ordinal >= $2 AND event_time BETWEEN $3 AND $4
       AND ($5::text[] IS NULL OR account_id = ANY ($5)) AND ($6::text[] IS NULL OR aws_region = ANY ($6))
       AND ($7::timestamptz IS NULL OR event_time >= $7) AND ($8::timestamptz IS NULL OR event_time < $8)
     ORDER BY ordinal LIMIT $9`,
    [id, fromOrdinal, minTime, maxTime, accountIds, regions, from, to, limit],
  );
}

/** The bytes of the records of events, in their order; null for what retention has deleted meanwhile. */
export async function readRecordsOf(sql: Sql, events: readonly StoredEvent[]): Promise<(Buffer | null)[]> {
  const records = await readStoredRecords(sql, events);
  return events.map((event) => records.get(event) ?? null);
}
