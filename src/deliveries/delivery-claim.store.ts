import type { Database, Sql } from '../platform/database/database.js';
import { restPolicy } from './retry-plan.js';

/** A delivery in hand, with what is known of its target. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly key: string;
  readonly body: string;
  /** Those made before this one. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** Seconds until it expires. */
  readonly secondsLeft: number;
  readonly group: string;
  /** Of an action of an alarm, which is CloudWatch's; null for any other. */
  readonly subject: string | null;
  readonly targetId: string;
  readonly targetName: string;
  readonly targetType: string;
  /** Changes with each change of the target. */
  readonly targetVersion: string;
  readonly settings: object;
  readonly secrets: Buffer;
  readonly timeoutSeconds: number;
  readonly isOrdered: boolean;
  /** Whether the target failed when it was last tried. */
  readonly isFailing: boolean;
  /** Whether the target is for all accounts that the rule or alarm saw. It was; its accounts may have become fewer since. */
  readonly isWithinReach: boolean;
}

export interface ClaimOptions {
  readonly lease: string;
  readonly leaseSeconds: number;
  /** Deliveries to take at most; of targets that failed when they were last tried. */
  readonly room: number;
  readonly failingRoom: number;
  /** Deliveries in order to take at once of one target. */
  readonly orderedRun: number;
}

/**
 * Takes what is due. Each target gives no more than its concurrency allows, all processes together: its row is locked
 * while its deliveries are taken. Targets take turns, so the backlog of one does not keep the others waiting. A target that
 * has rested gives one delivery, to see whether it is back. One that keeps an order gives the head of it, or nothing.
 *
 * @returns in the order in which they are due, those of an ordered target in its own
 */
export async function claimDue(
  database: Pick<Database, 'transaction'>,
  options: ClaimOptions,
): Promise<ClaimedDelivery[]> {
  return database.transaction(async (sql) => {
    const targetIds = await lockDueTargets(sql);
    return targetIds.length === 0 ? [] : claimOf(sql, targetIds, options);
  });
}

/** Of many that are due some are looked at, others the next time. */
const targetsAtOnce = 64;

/** Those that another process holds are left to it for now. */
async function lockDueTargets(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT target.id FROM target
     -- One look into an index each. As EXISTS, the planner may read all that waits instead.
     LEFT JOIN LATERAL (
       SELECT true AS is_due FROM delivery
       WHERE target_id = target.id AND state = 'PENDING' AND sequence IS NULL AND due_at <= now() LIMIT 1
     ) AS anyhow ON true
     LEFT JOIN LATERAL (
       SELECT true AS is_due FROM delivery
       WHERE target_id = target.id AND state IN ('PENDING', 'DELIVERING') AND sequence IS NOT NULL LIMIT 1
     ) AS in_order ON true
     WHERE (rests_until IS NULL OR rests_until <= now()) AND (anyhow.is_due OR in_order.is_due)
     ORDER BY random() LIMIT ${targetsAtOnce} FOR UPDATE OF target SKIP LOCKED`,
  );
  return rows.map(({ id }) => id);
}

/** A statement of its own: it sees what whoever held the targets before has written. */
async function claimOf(sql: Sql, targetIds: readonly string[], options: ClaimOptions): Promise<ClaimedDelivery[]> {
  const { lease, leaseSeconds, room, failingRoom, orderedRun } = options;
  return sql.query<ClaimedDelivery>(
    `WITH lane AS MATERIALIZED (
       SELECT target.id, target.is_ordered, target.failures > 0 AS is_failing, in_hand,
         CASE WHEN target.failures < ${restPolicy.afterFailures} AND NOT target.is_ordered
             THEN target.max_concurrency - in_hand
           WHEN in_hand > 0 THEN 0
           WHEN target.failures < ${restPolicy.afterFailures} THEN $5::integer
           ELSE 1 END AS free
       FROM target
       CROSS JOIN LATERAL (
         SELECT count(*)::integer AS in_hand FROM delivery WHERE target_id = target.id AND state = 'DELIVERING'
       ) AS concurrency
       WHERE target.id = ANY ($6::bigint[])
     ), due AS (
       SELECT lane.is_failing, delivery.*
       FROM lane CROSS JOIN LATERAL (
         SELECT id, due_at, row_number() OVER (ORDER BY due_at, id) AS turn, 'PENDING' AS state FROM (
           SELECT id, due_at FROM delivery
           WHERE target_id = lane.id AND state = 'PENDING' AND sequence IS NULL AND due_at <= now()
           ORDER BY due_at, id LIMIT greatest(lane.free, 0)
         ) AS next
         UNION ALL
         -- As far as all before it are due: the first that waits holds up those behind it.
         SELECT id, due_at, turn, state FROM (
           SELECT id, due_at, state, row_number() OVER run AS turn, bool_and(due_at <= now()) OVER run AS is_due FROM (
             SELECT id, due_at, state, sequence FROM delivery
             WHERE target_id = lane.id AND state IN ('PENDING', 'DELIVERING') AND sequence IS NOT NULL
             ORDER BY sequence LIMIT greatest(lane.free + in_hand, 0)
           ) AS head
           WINDOW run AS (ORDER BY sequence)
         ) AS next WHERE is_due AND state = 'PENDING'
         ORDER BY turn, due_at, id LIMIT greatest(lane.free, 0)
       ) AS delivery
     ), chosen AS (
       SELECT id FROM (
         SELECT id, turn, is_failing, row_number() OVER (PARTITION BY is_failing ORDER BY turn, due_at, id) AS place
         FROM due
       ) AS due
       WHERE NOT is_failing OR place <= $4::integer
       -- Among those whose turn it is, chance: nobody is last each time.
       ORDER BY turn, random() LIMIT $3::integer
     ), taken AS (
       UPDATE delivery SET state = 'DELIVERING', lease = $1::uuid, leased_until = now() + make_interval(secs => $2)
       FROM chosen WHERE delivery.id = chosen.id AND delivery.state = 'PENDING'
       RETURNING delivery.*
     ), pair AS MATERIALIZED (
       -- Whether the target is still for all accounts that the rule or alarm sees: asked once for each pair of them.
       SELECT pair.target_id, pair.reach_id,
         target.account_ids IS NULL OR coalesce(reach.account_ids <@ target.account_ids, false) AS is_within
       FROM (SELECT DISTINCT target_id, reach_id FROM taken) AS pair
       JOIN target ON target.id = pair.target_id LEFT JOIN reach ON reach.id = pair.reach_id
     )
     SELECT taken.id, taken.key, taken.body, taken.attempts, taken.created_at AS "createdAt",
       extract(epoch FROM taken.expires_at - now())::float8 AS "secondsLeft",
       coalesce(taken.alarm_name, taken.account_id, taken.rule_name, '') AS "group",
       CASE WHEN taken.alarm_name IS NOT NULL THEN taken.subject END AS subject,
       taken.target_id AS "targetId", target.name AS "targetName", target.type AS "targetType",
       target.updated_at::text AS "targetVersion", target.settings, target.secrets,
       target.timeout_seconds AS "timeoutSeconds", target.is_ordered AS "isOrdered", target.failures > 0 AS "isFailing",
       is_within AS "isWithinReach"
     FROM taken JOIN target ON target.id = taken.target_id
     JOIN pair ON pair.target_id = taken.target_id AND pair.reach_id IS NOT DISTINCT FROM taken.reach_id
     ORDER BY taken.sequence NULLS FIRST, taken.due_at, taken.id`,
    [lease, leaseSeconds, room, failingRoom, orderedRun, targetIds],
  );
}

/** @returns those under which something is still held */
export async function extendLeases(sql: Sql, leases: readonly string[], seconds: number): Promise<string[]> {
  // What is locked is being written down just now.
  const rows = await sql.query<{ lease: string }>(
    `WITH held AS (
       SELECT id, lease FROM delivery WHERE state = 'DELIVERING' AND lease = ANY ($1::uuid[])
     ), free AS (
       SELECT delivery.id FROM delivery JOIN held USING (id) ORDER BY delivery.id FOR UPDATE OF delivery SKIP LOCKED
     ), extended AS (
       UPDATE delivery SET leased_until = now() + make_interval(secs => $2) FROM free
       WHERE delivery.id = free.id AND delivery.state = 'DELIVERING' AND delivery.lease = ANY ($1::uuid[])
     )
     SELECT DISTINCT lease FROM held`,
    [leases, seconds],
  );
  return rows.map(({ lease }) => lease);
}

/** Seconds until something is due, 0 where it is already; null where nothing waits. */
export async function secondsUntilDue(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ seconds: number | null }>(
    `SELECT extract(epoch FROM min(greatest(next.due_at, coalesce(target.rests_until, next.due_at))) - now())::float8
       AS seconds
     FROM target CROSS JOIN LATERAL (
       (SELECT due_at FROM delivery WHERE target_id = target.id AND state = 'PENDING' AND sequence IS NULL
        ORDER BY due_at LIMIT 1)
       UNION ALL
       SELECT due_at FROM (
         SELECT due_at, state FROM delivery WHERE target_id = target.id AND state IN ('PENDING', 'DELIVERING')
           AND sequence IS NOT NULL ORDER BY sequence LIMIT 1
       ) AS head WHERE state = 'PENDING'
     ) AS next`,
  );
  const seconds = row?.seconds ?? null;
  return seconds === null ? null : Math.max(0, seconds);
}

/** Processes that may die over one delivery. */
const mostLost = 5;

/** Ends what nobody will finish: takes back what a process held that died, and sets aside what has expired. */
export async function sweepDeliveries(sql: Sql): Promise<{ takenBack: number; expired: readonly EndedDelivery[] }> {
  const takenBack = await sql.query<{ id: string }>(
    `UPDATE delivery SET state = 'PENDING', lease = NULL, leased_until = NULL, attempts = attempts + has_begun, lost = lost + has_begun,
       -- Should it be the message that ends processes, it must not end one after the other.
       due_at = now() + make_interval(secs => 60 * lost * has_begun),
       error = CASE WHEN has_begun = 1 THEN 'the process that delivered it ended; it may have been delivered' ELSE error END
     FROM (
       -- Of what is sent in order, one at a time has been begun.
       SELECT id AS held_id, CASE WHEN sequence IS NULL
         OR row_number() OVER (PARTITION BY target_id, lease, sequence IS NULL ORDER BY sequence) = 1 THEN 1 ELSE 0 END AS has_begun
       FROM delivery WHERE state = 'DELIVERING' AND leased_until < now()
     ) AS held
     WHERE id = held_id AND state = 'DELIVERING' AND leased_until < now() RETURNING id`,
  );
  const expired = await setAside(sql, 'it expired', 'expires_at <= now()');
  const given = `lost >= ${mostLost} AND id = ANY (ARRAY[${takenBack.map(({ id }) => id).join(', ')}]::bigint[])`;
  const givenUp = takenBack.length === 0 ? [] : await setAside(sql, 'it is given up', given);
  return { takenBack: takenBack.length, expired: [...expired, ...givenUp] };
}

/**
 * Sets aside what waits for targets that are gone. Of the targets that something waits for each is looked up once, however
 * much waits.
 */
export async function setAsideOrphans(sql: Sql): Promise<EndedDelivery[]> {
  const waitedFor = (order: string) => `(
    WITH RECURSIVE waited AS (
      SELECT min(target_id) AS target_id FROM delivery WHERE ${order}
      UNION ALL
      SELECT (SELECT min(target_id) FROM delivery WHERE ${order} AND target_id > waited.target_id)
      FROM waited WHERE waited.target_id IS NOT NULL
    ) SELECT target_id FROM waited)`;
  const orphaned = await sql.query<{ id: string }>(
    `SELECT target_id AS id FROM (
       ${waitedFor(`state = 'PENDING' AND sequence IS NULL`)}
       UNION ${waitedFor(`state IN ('PENDING', 'DELIVERING') AND sequence IS NOT NULL`)}
     ) AS waited
     WHERE target_id IS NOT NULL AND NOT EXISTS (SELECT FROM target WHERE target.id = target_id)`,
  );
  if (orphaned.length === 0) return [];
  return setAside(
    sql,
    'its target was deleted',
    `target_id = ANY (ARRAY[${orphaned.map(({ id }) => id).join(', ')}]::bigint[])`,
  );
}

async function setAside(sql: Sql, reason: string, condition: string): Promise<EndedDelivery[]> {
  return sql.query<EndedDelivery>(
    `UPDATE delivery SET state = 'FAILED', finished_at = now(), error = $1 || coalesce('; ' || error, '')
     WHERE id IN (
       SELECT id FROM delivery WHERE state = 'PENDING' AND ${condition} ORDER BY id LIMIT 5000 FOR UPDATE SKIP LOCKED)
     RETURNING ${endedColumns}`,
    [reason],
  );
}

/** A delivery that came to its end. */
export interface EndedDelivery {
  readonly state: 'DELIVERED' | 'FAILED';
  /** Since it was caused. */
  readonly seconds: number;
  /** With the accounts whose data may go there; null: every account's. Null where it is gone. */
  readonly target: { readonly name: string; readonly accountIds: string[] | null } | null;
  /** The rule that caused it, with the accounts that it saw; null where none did. */
  readonly rule: { readonly name: string; readonly accountIds: string[] | null } | null;
  /** The change of an alarm whose action it was, to which target, and why that failed; null where none caused it. */
  readonly action: {
    readonly changeId: string;
    /** Milliseconds since 1970 UTC. */
    readonly changedAt: number;
    readonly target: string;
    readonly error: string | null;
  } | null;
}

/** Of rows of `delivery`, as {@link EndedDelivery} has them. */
export const endedColumns = `
  delivery.state, extract(epoch FROM delivery.finished_at - delivery.created_at)::float8 AS seconds,
  (SELECT json_build_object('name', target.name, 'accountIds', target.account_ids)
   FROM target WHERE target.id = delivery.target_id) AS target,
  CASE WHEN delivery.rule_name IS NOT NULL THEN json_build_object('name', delivery.rule_name, 'accountIds',
    (SELECT account_ids FROM reach WHERE reach.id = delivery.reach_id)) END AS rule,
  CASE WHEN delivery.alarm_name IS NOT NULL THEN json_build_object('changeId', delivery.event_id,
    'changedAt', round(extract(epoch FROM delivery.event_time) * 1000), 'target', delivery.target_name, 'error', delivery.error) END AS action`;
