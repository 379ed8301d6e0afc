import type { Sql } from '../platform/database/database.js';
import { withoutNul } from '../platform/database/stored-text.js';
import { type EndedDelivery, endedColumns } from './delivery-claim.store.js';
import { restPolicy, type Verdict } from './retry-plan.js';

const maxTextLength = 2000;

/** What became of a delivery that was held; null where the attempt was not made, or given up. */
export interface Settlement {
  readonly id: string;
  readonly lease: string;
  readonly targetId: string;
  readonly verdict: Verdict | null;
}

/**
 * Writes down what became of deliveries. What another process has taken over meanwhile is left to it.
 *
 * @returns those that came to their end
 */
export async function writeSettlements(sql: Sql, settlements: readonly Settlement[]): Promise<EndedDelivery[]> {
  // Whoever takes deliveries locks their target first, and so does whoever gives them back.
  await sql.query('SELECT FROM target WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [
    [...new Set(settlements.map(({ targetId }) => targetId))],
  ]);
  const verdicts = settlements.map(({ verdict }) => verdict);
  const rows = await sql.query<Omit<EndedDelivery, 'state'> & { state: string }>(
    `UPDATE delivery SET state = settled.state, lease = NULL, leased_until = NULL,
       attempts = delivery.attempts + settled.attempts, lost = CASE WHEN settled.attempts > 0 THEN 0 ELSE delivery.lost END,
       due_at = CASE WHEN settled.after_seconds IS NULL THEN delivery.due_at
         ELSE now() + make_interval(secs => settled.after_seconds) END,
       error = CASE WHEN settled.state = 'DELIVERED' THEN NULL ELSE coalesce(settled.error, delivery.error) END,
       answer = settled.answer,
       finished_at = CASE WHEN settled.state = 'PENDING' THEN NULL ELSE now() END
     FROM (SELECT * FROM unnest(
         $1::bigint[], $2::uuid[], $3::text[], $4::integer[], $5::float8[], $6::text[], $7::text[]
       ) AS settled (id, lease, state, attempts, after_seconds, error, answer) ORDER BY id) AS settled
     WHERE delivery.id = settled.id AND delivery.lease = settled.lease AND delivery.state = 'DELIVERING'
     RETURNING ${endedColumns}`,
    [
      settlements.map(({ id }) => id),
      settlements.map(({ lease }) => lease),
      verdicts.map((verdict) => verdict?.state ?? 'PENDING'),
      verdicts.map((verdict) => (verdict === null ? 0 : 1)),
      verdicts.map((verdict) => (verdict?.state === 'PENDING' ? verdict.afterSeconds : null)),
      verdicts.map((verdict) => (verdict === null || verdict.state === 'DELIVERED' ? null : storable(verdict.error))),
      verdicts.map((verdict) => (verdict?.state === 'DELIVERED' ? storable(verdict.answer) : null)),
    ],
  );
  return rows.filter((row): row is EndedDelivery => row.state !== 'PENDING');
}

/** What the attempts of some deliveries say of their target. */
export interface TargetExperience {
  readonly targetId: string;
  readonly hasWorked: boolean;
  /** In a row, up to the last attempt. */
  readonly failures: number;
  readonly error: string | null;
  /** For how long it asked to be left alone. */
  readonly restSeconds: number | null;
}

/** What an answer says of the target is the same whether or not the message was to its liking. */
export function experienceOf(settlements: readonly Settlement[]): TargetExperience[] {
  const targets = new Map<string, TargetExperience>();
  for (const { targetId, verdict } of settlements) {
    if (verdict === null || (verdict.state === 'FAILED' && verdict.isUnsent === true)) continue;
    const known = targets.get(targetId) ?? { targetId, hasWorked: false, failures: 0, error: null, restSeconds: null };
    if (verdict.state === 'DELIVERED' || !verdict.blamesTarget) {
      targets.set(targetId, { ...known, hasWorked: true, failures: 0 });
    } else {
      targets.set(targetId, {
        ...known,
        failures: known.failures + 1,
        error: verdict.error,
        restSeconds: Math.max(verdict.restSeconds ?? 0, known.restSeconds ?? 0) || null,
      });
    }
  }
  return [...targets.values()];
}

/** A target that fails too often in a row rests. The jitter keeps processes from probing together. */
export async function writeExperience(sql: Sql, targets: readonly TargetExperience[]): Promise<void> {
  if (targets.length === 0) return;
  const { afterFailures, firstSeconds, mostSeconds } = restPolicy;
  await sql.query(
    `UPDATE target SET failures = now_failing,
       rests_until = CASE WHEN now_failing = 0 AND asked IS NULL THEN NULL ELSE nullif(greatest(
         now() + make_interval(secs => coalesce(asked, 0)), CASE WHEN is_resting THEN target.rests_until END,
         CASE WHEN NOT is_resting AND now_failing >= ${afterFailures} THEN now() + make_interval(secs =>
           least(${mostSeconds}, ${firstSeconds} * power(2, least(now_failing - ${afterFailures}, 20))) * (0.75 + random() / 4))
         END), now()) END,
       last_success_at = CASE WHEN has_worked THEN now() ELSE last_success_at END,
       last_failure_at = CASE WHEN seen_failures > 0 THEN now() ELSE last_failure_at END,
       last_error = CASE WHEN now_failing = 0 THEN NULL ELSE coalesce(seen_error, last_error) END
     FROM (
       -- What was sent at once and fails together is one failure more than leads to the rest, and none while it lasts.
       SELECT target.id AS target_id, has_worked, seen_failures, seen_error, asked, is_resting,
         CASE WHEN has_worked THEN least(seen_failures, ${afterFailures})
           WHEN is_resting THEN target.failures
           ELSE least(target.failures + seen_failures, greatest(${afterFailures}, target.failures + 1)) END AS now_failing
       FROM unnest($1::bigint[], $2::boolean[], $3::integer[], $4::text[], $5::float8[])
         AS seen (id, has_worked, seen_failures, seen_error, asked)
       JOIN target USING (id)
       CROSS JOIN LATERAL (SELECT coalesce(target.rests_until > now(), false) AS is_resting) AS rest
       ORDER BY target.id FOR UPDATE OF target
     ) AS experience
     WHERE target.id = target_id`,
    [
      targets.map(({ targetId }) => targetId),
      targets.map(({ hasWorked }) => hasWorked),
      targets.map(({ failures }) => failures),
      targets.map(({ error }) => (error === null ? null : storable(error))),
      targets.map(({ restSeconds }) => restSeconds),
    ],
  );
}

/** What targets say may be long, and hold anything. */
function storable(text: string): string {
  return withoutNul(text).slice(0, maxTextLength);
}
