import type { Sql } from '../platform/database/database.js';

/** Rows of one statement: a tenth of a second. */
const rowsAtOnce = 5000;

/** The accounts that have files in the ledger. One step down the index for each. */
export async function accountsOfLedger(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ account: string }>(
    `WITH RECURSIVE seen AS (
       (SELECT account_id FROM log_file ORDER BY account_id LIMIT 1)
       UNION ALL
       SELECT (SELECT account_id FROM log_file WHERE account_id > seen.account_id ORDER BY account_id LIMIT 1)
       FROM seen WHERE seen.account_id IS NOT NULL
     )
     SELECT account_id AS account FROM seen WHERE account_id IS NOT NULL`,
  );
  return rows.map(({ account }) => account);
}

/** Deletes some of the files of an account that were delivered before; what is being read stays. */
export async function deleteFiles(sql: Sql, accountId: string, before: Date): Promise<number> {
  const rows = await sql.query(
    `DELETE FROM log_file WHERE id = ANY (ARRAY(
       SELECT id FROM log_file WHERE account_id = $1 AND delivered_at < $2 AND state <> 'INGESTING'
       ORDER BY delivered_at, id
       LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED))
     RETURNING 1`,
    [accountId, before],
  );
  return rows.length;
}

/** Deletes some of the digests of an account that end before, with what they proved. */
export async function deleteDigests(sql: Sql, accountId: string, before: Date): Promise<number> {
  const rows = await sql.query(
    `WITH chain AS (
       SELECT id FROM digest_chain WHERE account_id = $1
     ), unproven AS (
       DELETE FROM proven_span WHERE chain_id IN (SELECT id FROM chain) AND end_time < $2
     )
     DELETE FROM digest WHERE id = ANY (ARRAY(
       SELECT id FROM digest WHERE chain_id IN (SELECT id FROM chain) AND end_time < $2 LIMIT ${rowsAtOnce}))
     RETURNING 1`,
    [accountId, before],
  );
  return rows.length;
}
