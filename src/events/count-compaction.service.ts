import { advisoryLocks, tryLock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoint.js';

/** Hours of an account summed up in one transaction, so that none is long. */
const hoursAtOnce = 1000;

/**
 * Sums up the deltas of hourly counts into one row a key. An hour of an account is due once its deltas outnumber the rows they
 * would become part of, or when it is old enough that few more will come: what is written stays in proportion to what
 * arrived.
 *
 * @returns how many hours of accounts were summed up; call it again until it is 0
 */
export async function compactCounts(database: Database, now: number): Promise<number> {
  return database.transaction(async (transaction) => {
    if (!(await tryLock(transaction, advisoryLocks.compactCounts))) return 0;
    const [row] = await transaction.query<{ hours: string }>(
      `WITH due AS (
         SELECT delta.hour, delta.account_id
         FROM event_count AS delta
         WHERE delta.is_delta
         GROUP BY delta.hour, delta.account_id
         HAVING delta.hour < $1::timestamptz - interval '2 hours' OR count(*) >= (
           SELECT count(*) FROM event_count AS summed
           WHERE summed.hour = delta.hour AND summed.account_id = delta.account_id AND NOT summed.is_delta)
         ORDER BY delta.hour, delta.account_id
         LIMIT ${hoursAtOnce}
       ), taken AS (
         DELETE FROM event_count USING due
         WHERE event_count.hour = due.hour AND event_count.account_id = due.account_id
         RETURNING event_count.*
       ), summed AS (
         INSERT INTO event_count
           (hour, account_id, aws_region, event_source, event_name, error_code, events, errors, is_delta)
         SELECT hour, account_id, aws_region, event_source, event_name, error_code, sum(events), sum(errors), false
         FROM taken
         GROUP BY hour, account_id, aws_region, event_source, event_name, error_code
         -- Retention takes deleted events off by deltas of its own.
         HAVING sum(events) <> 0
       )
       SELECT count(*) AS hours FROM due`,
      [new Date(now)],
    );
    const hours = Number(row?.hours ?? 0);
    if (hours > 0) failpoint('counts.compacting');
    return hours;
  });
}
