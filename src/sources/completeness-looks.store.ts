import { isWanted, part, type Terms } from './completeness-terms.js';

/**
 * The start of the last look that came to its end, by every source that collects. A source that fails, or an account
 * that is paused, keeps the time that it has.
 *
 * - Listing: of each folder of log files. Where an account has none, the look for its folders (`mapped_at`), which that
 *   of a folder is never younger than.
 * - Notifications: the lesser of the last time that the queue was asked and of the listing beneath it: a queue that
 *   nothing is sent to is always empty, and only listing would show that.
 * - Directory: the last scan that took in the account.
 * - What no source collects was never looked at.
 */
export function looks(terms: Terms): string[] {
  const noFolder = (where: string) => `NOT EXISTS (SELECT FROM listing_region AS folder
    WHERE ${where} AND folder.account_id = asked.account_id AND NOT folder.is_digest AND ${isWanted(terms, 'folder')})`;
  return [
    part(
      terms,
      look(`CASE WHEN source.type <> 'S3_NOTIFICATIONS' OR folder.looked_at IS NULL THEN folder.looked_at
        ELSE least(source.last_polled_at, folder.looked_at) END`),
      'folder',
      `listing_region AS folder JOIN asked USING (account_id) JOIN source ON source.id = folder.source_id
       WHERE NOT folder.is_digest AND ${isWanted(terms, 'folder')}`,
    ),
    ofSource(terms, 'granted.looked_at', `source.type = 'DIRECTORY'`),
    ofSource(
      terms,
      'source.last_polled_at',
      `source.type = 'S3_NOTIFICATIONS' AND ${noFolder('folder.source_id = source.id')}`,
    ),
    ofSource(
      terms,
      'granted.mapped_at',
      `source.type = 'S3_LISTING' AND ${noFolder('true')} AND NOT EXISTS (
         SELECT FROM source_account AS other JOIN source ON source.id = other.source_id
         WHERE other.account_id = asked.account_id AND source.type IN ('DIRECTORY', 'S3_NOTIFICATIONS'))`,
    ),
    part(
      terms,
      { look: 'false, NULL::timestamptz' },
      'unknown',
      `(SELECT account_id, NULL::text AS aws_region FROM asked WHERE NOT EXISTS (
          SELECT FROM source_account AS granted WHERE granted.account_id = asked.account_id)) AS unknown`,
    ),
  ];
}

const look = (time: string) => ({ look: `bool_and(${time} IS NOT NULL), min(${time})` });

/** A time that a source has for an account as a whole, whatever the region. */
function ofSource(terms: Terms, time: string, where: string): string {
  const regions = terms.groupBy.includes('region')
    ? 'SELECT aws_region FROM account_region AS found WHERE found.account_id = asked.account_id'
    : 'SELECT NULL::text AS aws_region';
  return part(
    terms,
    look('place.looked_at'),
    'place',
    `(SELECT account_id, aws_region, ${time} AS looked_at
      FROM source_account AS granted JOIN asked USING (account_id) JOIN source ON source.id = granted.source_id
      CROSS JOIN LATERAL (${regions}) AS found WHERE ${where}) AS place`,
  );
}

/**
 * The oldest file that waits to be read; of those delivered since `from`, as a file holds nothing that is younger than
 * itself. A file that could not be fetched waits for somebody to retry it. One that was read and is damaged waits for
 * nothing, nor does one that is gone: coverage and logFiles show them. Nobody waits for files of a source that does
 * not collect the account any more.
 */
export function waiting(terms: Terms): string {
  return part(
    terms,
    { file: 'min(file.delivered_at)' },
    'file',
    `(SELECT account_id, aws_region, source_id, min(delivered_at) AS delivered_at FROM log_file
      WHERE (state IN ('DISCOVERED', 'INGESTING') OR (state = 'QUARANTINED' AND ingested_at IS NULL))
        ${terms.from === null ? '' : `AND delivered_at >= ${terms.from}`}
        AND account_id IN (SELECT account_id FROM asked)
      GROUP BY 1, 2, 3) AS file
     JOIN asked USING (account_id) JOIN source_account USING (account_id, source_id)
     WHERE ${isWanted(terms, 'file')}`,
  );
}
