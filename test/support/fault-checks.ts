import type { Database } from '../../src/platform/database/database.js';
import { fileName, type TrueFile } from './true-file.js';

/** The ledger says of each file what is true of it, and nothing of others. */
export async function checkLedger(database: Database, files: readonly TrueFile[], problems: string[]): Promise<void> {
  const rows = await database.query<{
    name: string;
    state: string;
    lease: string | null;
    error: string | null;
    records: number;
    told: number;
    stored: number;
    newly: number;
  }>(
    `SELECT bucket.name || '/' || file.key AS name, state, lease, error, records, events + duplicates AS told,
       events + (SELECT coalesce(sum(events), 0) FROM log_file_revision WHERE log_file_id = file.id)::integer AS newly,
       (SELECT count(*) FROM event WHERE event.log_file_id = file.id)::integer AS stored
     FROM log_file AS file JOIN log_bucket AS bucket ON bucket.id = bucket_id`,
  );
  const found = new Map(rows.map((row) => [row.name, row]));
  for (const file of files) {
    const row = found.get(fileName(file));
    found.delete(fileName(file));
    if (row === undefined) {
      problems.push(`${fileName(file)} is not in the ledger (${file.fault})`);
      continue;
    }
    const { state, lease, error, records, told, stored, newly } = row;
    if (state === 'INGESTED' && lease === null && error === null && newly === stored) {
      if (records === file.records.length && told === records) continue;
    }
    problems.push(`the ledger on a file of ${file.records.length} records (${file.fault}): ${JSON.stringify(row)}`);
  }
  for (const name of found.keys()) problems.push(`the ledger has ${name}, which nobody put there`);
}

/** Positions are 1, 2, 3 … with nothing missing, and each batch holds what it says. */
export async function checkPositions(database: Database, problems: string[]): Promise<void> {
  const wrong = await database.query(
    `WITH held AS (
       SELECT batch_id, count(*) AS events, min(event_time) AS first, max(event_time) AS last FROM event GROUP BY 1
     ), placed AS (SELECT *, row_number() OVER (ORDER BY position) AS place FROM batch)
     SELECT * FROM placed FULL JOIN held ON held.batch_id = placed.id
     WHERE (placed.position, placed.events, min_event_time, max_event_time)
       IS DISTINCT FROM (placed.place, held.events, held.first, held.last)`,
  );
  for (const batch of wrong) problems.push(`a batch is not as it says: ${JSON.stringify(batch)}`);
  const [last] = await database.query<{ taken: string; batches: string }>(
    'SELECT position AS taken, (SELECT count(*) FROM batch) AS batches FROM batch_position',
  );
  if (last?.taken !== last?.batches) problems.push(`positions ${last?.taken}, batches ${last?.batches}`);
}

interface Record {
  readonly eventID: string;
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly errorCode?: string;
}

/** The hourly counts are those of the records: each event once, however often it came. */
export async function checkCounts(database: Database, files: readonly TrueFile[], problems: string[]): Promise<void> {
  const rows = await database.query<{ key: string; events: number }>(
    `SELECT concat_ws(' ', to_char(hour, 'YYYY-MM-DD"T"HH24'), account_id, aws_region, event_source, event_name,
       coalesce(error_code, '-')) AS key, sum(events)::integer AS events
     FROM event_count GROUP BY 1`,
  );
  const counted = new Map(rows.map(({ key, events }) => [key, events]));
  const truth = new Map<string, number>();
  const seen = new Set<string>();
  for (const { accountId, records } of files) {
    for (const text of records) {
      const record = JSON.parse(text) as Record;
      const name = `${accountId}/${record.eventID}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const { eventTime, awsRegion, eventSource, eventName, errorCode = '-' } = record;
      const key = [eventTime.slice(0, 13), accountId, awsRegion, eventSource, eventName, errorCode].join(' ');
      truth.set(key, (truth.get(key) ?? 0) + 1);
    }
  }
  for (const key of new Set([...counted.keys(), ...truth.keys()])) {
    const [is, should] = [counted.get(key) ?? 0, truth.get(key) ?? 0];
    if (is !== should) problems.push(`counts of ${key}: ${is} in place of ${should}`);
  }
  const [errors] = await database.query<{ counted: string | null; stored: string }>(
    `SELECT (SELECT sum(errors) FROM event_count) AS counted, (SELECT count(*) FROM event WHERE has_error) AS stored`,
  );
  if ((errors?.counted ?? '0') !== errors?.stored) problems.push(`errors counted: ${JSON.stringify(errors)}`);
}
