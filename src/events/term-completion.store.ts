import type { Sql } from '../platform/database/database.js';
import type { TermColumns } from './event-terms.js';
import { chunkSize } from './record-chunk.js';

/** A chunk whose terms are not worked out. */
export interface BareChunk {
  readonly batchId: string;
  readonly chunk: number;
  readonly accountId: string;
  /** 00:00 UTC of the day of its events. */
  readonly day: Date;
}

export interface BareEvent extends TermColumns {
  readonly batchId: string;
  readonly chunk: number;
  readonly eventTime: Date;
}

/** Locks some chunks without terms, passing over those that another has locked. */
export async function lockBareChunks(sql: Sql, limit: number): Promise<BareChunk[]> {
  return sql.query<BareChunk>(
    `SELECT batch_id AS "batchId", chunk, account_id AS "accountId", event_time AS day
     FROM record_chunk WHERE terms IS NULL
     LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
}

export async function eventsOfChunks(sql: Sql, chunks: readonly BareChunk[]): Promise<BareEvent[]> {
  return sql.query<BareEvent>(
    `SELECT event.batch_id AS "batchId", wanted.chunk, event.event_time AS "eventTime", event.event_name AS "eventName",
       event.event_source AS "eventSource", event.error_code AS "errorCode", event.principal_arn AS "principalArn",
       event.session_issuer_arn AS "sessionIssuerArn", event.user_name AS "userName",
       event.access_key_id AS "accessKeyId", host(event.source_ip) AS "sourceIp",
       event.source_address AS "sourceAddress", coalesce(event.resource_arns, '{}') AS "resourceArns"
     FROM unnest($1::bigint[], $2::integer[]) AS wanted (batch_id, chunk)
     CROSS JOIN LATERAL (
       SELECT * FROM event
       WHERE event.batch_id = wanted.batch_id
         AND event.ordinal BETWEEN wanted.chunk * ${chunkSize} AND wanted.chunk * ${chunkSize} + ${chunkSize - 1}
       OFFSET 0
     ) AS event`,
    [chunks.map(({ batchId }) => batchId), chunks.map(({ chunk }) => chunk)],
  );
}

export interface CompletedChunk extends BareChunk {
  readonly minTime: Date;
  readonly maxTime: Date;
  readonly terms: readonly number[];
}

export async function writeTerms(sql: Sql, chunks: readonly CompletedChunk[]): Promise<void> {
  await sql.query(
    `UPDATE record_chunk AS chunk
     SET min_time = done.min_time, max_time = done.max_time,
       -- One text a chunk: an array of arrays must have rows of one length.
       terms = string_to_array(done.terms, ',')::integer[]
     FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
       $7::text[]) AS done (batch_id, chunk, account_id, event_time, min_time, max_time, terms)
     WHERE chunk.batch_id = done.batch_id AND chunk.chunk = done.chunk
       AND chunk.account_id = done.account_id AND chunk.event_time = done.event_time`,
    [
      chunks.map(({ batchId }) => batchId),
      chunks.map(({ chunk }) => chunk),
      chunks.map(({ accountId }) => accountId),
      chunks.map(({ day }) => day),
      chunks.map(({ minTime }) => minTime),
      chunks.map(({ maxTime }) => maxTime),
      chunks.map(({ terms }) => terms.join(',')),
    ],
  );
}
