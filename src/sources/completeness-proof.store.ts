import { isWanted, part, type Terms } from './completeness-terms.js';

/**
 * Windows that are a hole in what is proven of an account and region: those of backfill digests of which a file is not
 * in hand as it was delivered (they prove nothing about time, as they name what was delivered late, but what they name
 * is missing there), and those of digests of which something has changed since the spans were worked out.
 */
export const holes = `hole AS MATERIALIZED (
    SELECT chain.account_id, chain.aws_region, range_agg(tstzrange(digest.start_time, digest.end_time)) AS times
    FROM (
      SELECT digest.id FROM digest_chain AS chain JOIN digest ON digest.chain_id = chain.id
      WHERE chain.is_backfill AND digest.state = 'VERIFIED' AND NOT digest.proven
      UNION
      SELECT digest_id FROM digest_change
    ) AS doubtful
    JOIN digest USING (id) JOIN digest_chain AS chain ON chain.id = digest.chain_id
    WHERE digest.start_time < digest.end_time
    GROUP BY 1, 2
  )`;

/**
 * The span of each chain that counts: the first, or the one that contains `from`. The first of each, and not the first
 * that all have in common: to ask for one more account can so never move `provenThrough` on. Spans of a chain do not
 * overlap, so that its earliest start and its earliest end are of one span. What retention has deleted is proven no
 * longer.
 */
export function counting(terms: Terms): string {
  const { from } = terms;
  const counts = (start: string, end: string) =>
    from === null
      ? `coalesce(${end} > asked.kept_since, true)`
      : `${start} <= ${from} AND ${end} > ${from} AND coalesce(${from} >= asked.kept_since, true)`;
  const kept = (start: string) => `greatest(min(${start}), min(asked.kept_since))`;
  const chains = `digest_chain AS chain JOIN asked USING (account_id)`;
  const ofChain = `WHERE NOT chain.is_backfill AND ${isWanted(terms, 'chain')}`;
  return `counting AS (
    SELECT chain.account_id, chain.aws_region, ${kept('span.start_time')} AS start_time, min(span.end_time) AS end_time
    FROM ${chains} LEFT JOIN proven_span AS span
      ON span.chain_id = chain.id AND ${counts('span.start_time', 'span.end_time')}
    ${ofChain} AND NOT EXISTS (SELECT FROM hole
      WHERE hole.account_id = chain.account_id AND hole.aws_region = chain.aws_region)
    GROUP BY chain.id
    UNION ALL
    SELECT chain.account_id, chain.aws_region, ${kept('lower(span)')}, min(upper(span))
    FROM ${chains} JOIN hole USING (account_id, aws_region) LEFT JOIN LATERAL unnest((
      SELECT range_agg(tstzrange(start_time, end_time)) FROM proven_span WHERE chain_id = chain.id
    ) - hole.times) AS span ON ${counts('lower(span)', 'upper(span)')}
    ${ofChain}
    GROUP BY chain.id
  )`;
}

/** What the chains prove; that a region in which files were found has no chain; that nothing is known of an account. */
export function proofs(terms: Terms): string[] {
  const unproven = { proof: 'false, NULL::timestamptz, NULL::timestamptz' };
  return [
    part(
      terms,
      { proof: 'bool_and(counting.end_time IS NOT NULL), max(counting.start_time), min(counting.end_time)' },
      'counting',
      'counting',
    ),
    part(
      terms,
      unproven,
      'found',
      `account_region AS found JOIN asked USING (account_id)
       WHERE ${isWanted(terms, 'found')} AND NOT EXISTS (SELECT FROM counting
         WHERE counting.account_id = found.account_id AND counting.aws_region = found.aws_region)`,
    ),
    part(
      terms,
      unproven,
      'unknown',
      `(SELECT account_id, NULL::text AS aws_region FROM asked
        WHERE NOT EXISTS (SELECT FROM account_region AS found WHERE found.account_id = asked.account_id)
          AND NOT EXISTS (SELECT FROM digest_chain AS chain WHERE chain.account_id = asked.account_id)) AS unknown`,
    ),
  ];
}
