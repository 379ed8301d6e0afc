import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { Completeness } from './completeness.entity.js';
import { looks, waiting } from './completeness-looks.store.js';
import { counting, holes, proofs } from './completeness-proof.store.js';
import type { CompletenessKey, Terms } from './completeness-terms.js';

export interface CompletenessQuery {
  /** Null for every account that is connected. */
  readonly accountIds: readonly string[] | null;
  /** Somebody named the accounts: one that is not connected then makes the answer unknown. */
  readonly named: boolean;
  /** Null for every region that is collected. */
  readonly regions: readonly string[] | null;
  /** The span that contains it counts; null for the first span. */
  readonly from: Date | null;
  /** The first day of which events are kept of accounts that say nothing else; null when all of them are. */
  readonly keptSince: Date | null;
  /** The start of the day, from which accounts that say something else count back. */
  readonly today: Date;
  /** One answer for each account, region or both; empty for one over all. */
  readonly groupBy: readonly CompletenessKey[];
}

export interface CompletenessRow extends Completeness {
  readonly account: string | null;
  readonly region: string | null;
}

/**
 * CloudTrail delivers "within an average of about 5 minutes", which "is not guaranteed" (user guide, "How CloudTrail
 * works"): three times that is allowed for here.
 */
const deliveryDelayMinutes = 15;

/**
 * How complete accounts and regions are, in one statement: 1,000 accounts with 17 regions each are 17,000 chains of
 * digests. Each part that bears on it is summed up by itself: to join all of them for each account and region first
 * took three times as long. An answer for which nothing is known at all has no row.
 */
export async function readCompleteness(sql: Sql, query: CompletenessQuery): Promise<CompletenessRow[]> {
  const parameters = new Parameters();
  const terms: Terms = {
    from: query.from === null ? null : parameters.add(query.from, 'timestamptz'),
    regions: query.regions === null ? null : parameters.add(query.regions, 'text[]'),
    groupBy: query.groupBy,
  };
  return sql.query<CompletenessRow>(
    `WITH asked AS MATERIALIZED (${askedSql(query, parameters)}), ${holes}, ${counting(terms)},
     part (account, region, is_proven, proven_from, proven_through, is_looked, looked_at, delivered_at) AS (${[...proofs(terms), ...looks(terms), waiting(terms)].join(' UNION ALL ')}),
     total AS (
       SELECT account, region, min(delivered_at) AS delivered_at, min(looked_at) AS looked_at,
         bool_and(is_looked) AS is_looked, max(proven_from) AS proven_from, min(proven_through) AS proven_through,
         bool_and(is_proven) AND max(proven_from) < min(proven_through) AS is_proven
       FROM part GROUP BY account, region
     )
     SELECT account, region, CASE WHEN is_proven THEN proven_from END AS "provenFrom",
       CASE WHEN is_proven THEN proven_through END AS "provenThrough",
       CASE WHEN is_looked THEN least(looked_at, delivered_at) - interval '${deliveryDelayMinutes} minutes' END
         AS "expectedThrough"
     FROM total`,
    parameters.values,
  );
}

function askedSql({ accountIds, named, keptSince, today }: CompletenessQuery, parameters: Parameters): string {
  const start = `${parameters.add(today, 'timestamptz')} - make_interval(days => account.retention_days)`;
  const settings = `coalesce(account.regions, '{}') AS regions,
    greatest(coalesce(${start}, ${parameters.add(keptSince, 'timestamptz')}), mark.deleted_before) AS kept_since`;
  // What was deleted does not come back when more is kept from now on.
  const marks = 'LEFT JOIN retention_mark AS mark USING (account_id)';
  if (accountIds === null) return `SELECT account_id, ${settings} FROM account ${marks}`;
  const ids = parameters.add(accountIds, 'text[]');
  return named
    ? `SELECT account_id, ${settings} FROM unnest(${ids}) AS named (account_id) LEFT JOIN account USING (account_id) ${marks}`
    : `SELECT account_id, ${settings} FROM account ${marks} WHERE account_id = ANY (${ids})`;
}
