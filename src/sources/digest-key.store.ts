import type { Sql } from '../platform/database/database.js';

/** A public key that signs digests in one region. */
export interface DigestKeyRow {
  readonly fingerprint: string;
  /** PKCS#1, DER. */
  readonly publicKey: Buffer;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export async function findKey(sql: Sql, awsRegion: string, fingerprint: string): Promise<Buffer | null> {
  const [row] = await sql.query<{ publicKey: Buffer }>(
    'SELECT public_key AS "publicKey" FROM digest_key WHERE aws_region = $1 AND fingerprint = $2',
    [awsRegion, fingerprint],
  );
  return row?.publicKey ?? null;
}

/**
 * Keeps keys, and has digests read again that waited for one of them, or that were found invalid before it was listed.
 */
export async function writeKeys(sql: Sql, awsRegion: string, keys: readonly DigestKeyRow[]): Promise<void> {
  await sql.query(
    `WITH added AS (
       INSERT INTO digest_key (aws_region, fingerprint, public_key, valid_from, valid_to)
       SELECT DISTINCT ON (fingerprint) $1, fingerprint, public_key, valid_from, valid_to
       FROM unnest($2::text[], $3::bytea[], $4::timestamptz[], $5::timestamptz[])
         AS key (fingerprint, public_key, valid_from, valid_to)
       ORDER BY fingerprint
       ON CONFLICT DO NOTHING
       RETURNING fingerprint
     )
     UPDATE digest SET due_at = now()
     FROM added WHERE digest.fingerprint = added.fingerprint AND digest.state IN ('UNVERIFIABLE', 'INVALID')
       AND digest.lease IS NULL`,
    [
      awsRegion,
      keys.map((key) => key.fingerprint),
      keys.map((key) => key.publicKey),
      keys.map((key) => key.validFrom.toISOString()),
      keys.map((key) => key.validTo.toISOString()),
    ],
  );
}
