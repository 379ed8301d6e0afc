import { advisoryLocks, tryLock } from '../platform/database/advisory-lock.js';
import type { Database, Sql } from '../platform/database/database.js';

/** What is added to the figures of a rule, in the minute that it is. */
export interface RuleFigures {
  readonly ruleId: string;
  readonly matchedEvents?: number;
  readonly triggeredRules?: number;
  readonly invocations?: number;
  readonly failedInvocations?: number;
}

/** Appends: rows that many workers change would make them wait for each other. */
export async function addStatistics(sql: Sql, figures: readonly RuleFigures[]): Promise<void> {
  if (figures.length === 0) return;
  await sql.query(
    `INSERT INTO rule_statistic
       (rule_id, minute, matched_events, triggered_rules, invocations, failed_invocations)
     SELECT rule_id, date_trunc('minute', now()), matched, triggered, invocations, failed
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS added (rule_id, matched, triggered, invocations, failed)`,
    [
      figures.map(({ ruleId }) => ruleId),
      figures.map(({ matchedEvents = 0 }) => matchedEvents),
      figures.map(({ triggeredRules = 0 }) => triggeredRules),
      figures.map(({ invocations = 0 }) => invocations),
      figures.map(({ failedInvocations = 0 }) => failedInvocations),
    ],
  );
}

/** The figures of some rules since a time. */
export async function sumStatistics(
  sql: Sql,
  ruleIds: readonly string[],
  since: Date,
): Promise<Map<string, Required<Omit<RuleFigures, 'ruleId'>>>> {
  const rows = await sql.query<Required<RuleFigures>>(
    `SELECT rule_id AS "ruleId", sum(matched_events)::float8 AS "matchedEvents",
       sum(triggered_rules)::float8 AS "triggeredRules", sum(invocations)::float8 AS invocations,
       sum(failed_invocations)::float8 AS "failedInvocations"
     FROM rule_statistic WHERE rule_id = ANY ($1::bigint[]) AND minute >= $2 GROUP BY rule_id`,
    [ruleIds, since],
  );
  return new Map(rows.map(({ ruleId, ...figures }) => [ruleId, figures]));
}

export async function forgetStatistics(sql: Sql, ruleId: string): Promise<void> {
  await sql.query('DELETE FROM rule_statistic WHERE rule_id = $1', [ruleId]);
}

/** As CloudWatch keeps figures of a minute. */
const keptDays = 15;

/** Minutes of rules that are summed up in one transaction, so that none is long. */
const minutesAtOnce = 10_000;

/**
 * Sums up what was appended before the minute that is.
 *
 * @returns how many minutes of rules were summed up; call it again until it is 0
 */
export async function compactStatistics(database: Database): Promise<number> {
  return database.transaction(async (sql) => {
    if (!(await tryLock(sql, advisoryLocks.ruleStatistics))) return 0;
    const [row] = await sql.query<{ minutes: number }>(
      `WITH due AS (
         SELECT rule_id, minute FROM rule_statistic
         WHERE minute BETWEEN now() - interval '1 day' AND now() - interval '2 minutes'
         GROUP BY rule_id, minute HAVING count(*) > 1 LIMIT ${minutesAtOnce}
       ), taken AS (
         DELETE FROM rule_statistic AS statistic USING due
         WHERE statistic.rule_id = due.rule_id AND statistic.minute = due.minute RETURNING statistic.*
       ), summed AS (
         INSERT INTO rule_statistic (rule_id, minute, matched_events, triggered_rules, invocations, failed_invocations)
         SELECT rule_id, minute, sum(matched_events), sum(triggered_rules), sum(invocations), sum(failed_invocations)
         FROM taken GROUP BY rule_id, minute
       )
       SELECT count(*)::integer AS minutes FROM due`,
    );
    return row?.minutes ?? 0;
  });
}

/** Those of rules that are gone go with the rest. */
export async function forgetOldStatistics(sql: Sql): Promise<void> {
  await sql.query(`DELETE FROM rule_statistic WHERE minute < now() - make_interval(days => ${keptDays})`);
}
