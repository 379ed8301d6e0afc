/** SQL: the source still speaks for the account of the file. Expects `file` with source_id and account_id. */
export const isGranted = `EXISTS (
  SELECT FROM source_account
  WHERE source_account.source_id = file.source_id AND source_account.account_id = file.account_id)`;

/**
 * SQL: nothing but its time stands between a file that waits and its being read: its source still speaks for its
 * account, and nobody paused the account or the backfill that brought it.
 * Expects `file` with source_id, account_id and backfill.
 */
export const isReadable = `(EXISTS (
    SELECT FROM source_account JOIN account USING (account_id)
    WHERE source_account.source_id = file.source_id AND source_account.account_id = file.account_id
      AND NOT account.paused)
  AND NOT EXISTS (SELECT FROM backfill WHERE backfill.number = file.backfill AND backfill.state = 'PAUSED'))`;
