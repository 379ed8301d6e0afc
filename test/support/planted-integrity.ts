import { hourMs } from '../../src/lib/time.js';
import type { Database } from '../../src/platform/database/database.js';
import { noon } from './events.js';

/** What the planted digests speak of. */
export const plantedRange = {
  from: new Date(noon - 6 * hourMs).toISOString(),
  to: new Date(noon).toISOString(),
};

export interface PlantedIntegrity {
  readonly accountId: string;
  readonly which: 'own' | 'canary';
  readonly bucketSource: string;
  /** The first is named by a digest. */
  readonly files: readonly string[];
}

/**
 * A chain of one digest, and when its account was last looked for. All times of the far account are earlier than those
 * of the own one: in a figure over both, they would show.
 */
export async function plantIntegrity(database: Database, planted: PlantedIntegrity): Promise<void> {
  const { accountId, which, bucketSource, files } = planted;
  const region = `eu-${which}-3`;
  const end = new Date(noon - (which === 'own' ? 1 : 2) * hourMs);
  const start = new Date(end.getTime() - 2 * hourMs);
  await database.query(`INSERT INTO account_region VALUES ($1, $2) ON CONFLICT DO NOTHING`, [accountId, region]);
  const [digest] = await database.query<{ id: string; chain_id: string }>(
    `WITH chain AS (
       INSERT INTO digest_chain (bucket_id, account_id, aws_region, trail, home_region)
       SELECT bucket_id, $2, $3, $4, $3 FROM source WHERE id = $1 RETURNING *
     )
     INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state, due_at, error, start_time, end_time,
       files, verified_at)
     SELECT id, bucket_id, $5, $1, $7, 'e', 'VERIFIED', NULL, $8, $6, $7, 1, $7 FROM chain RETURNING id::text, chain_id::text`,
    [bucketSource, accountId, region, `${which}-trail`, `${which}-digest-key`, start, end, `${which}-digest-error`],
  );
  await database.query('UPDATE source SET digest_error = $2 WHERE id = $1', [bucketSource, `${which}-keys-error`]);
  await database.query('INSERT INTO proven_span VALUES ($1, $2, $3)', [digest?.chain_id, start, end]);
  await database.query('UPDATE log_file SET digest_id = $1, events = 2 WHERE id = $2', [digest?.id, files[0]]);
  await database.query(
    `INSERT INTO listing_region (source_id, prefix, account_id, aws_region, looked_at) VALUES ($1, $2, $3, $4, $5)`,
    [bucketSource, `AWSLogs/${accountId}/CloudTrail/${region}/`, accountId, region, end],
  );
  await database.query('UPDATE source_account SET looked_at = $2 WHERE account_id = $1', [accountId, end]);
}
