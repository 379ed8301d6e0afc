import type { ChainDigest, Span } from '../formats/digest/chain-spans.js';
import type { Sql } from '../platform/database/database.js';

/** A digest that changed, or a file of it. */
export interface ChangedDigest {
  readonly id: string;
  readonly chainId: string;
  readonly namedAt: Date;
}

/** Takes changes that nobody has in hand. They are seen again when the transaction does not commit. */
export async function takeChanges(sql: Sql, limit: number): Promise<{ taken: number; digests: ChangedDigest[] }> {
  const taken = await sql.query<{ digest_id: string }>(
    `DELETE FROM digest_change WHERE id IN (
       SELECT id FROM digest_change ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING digest_id`,
    [limit],
  );
  const ids = [...new Set(taken.map((row) => row.digest_id))];
  const digests = await sql.query<ChangedDigest>(
    `SELECT id::text AS id, chain_id::text AS "chainId", named_at AS "namedAt" FROM digest
     WHERE id = ANY ($1::bigint[])`,
    [ids],
  );
  return { taken: taken.length, digests };
}

/** One worker at a time works out the spans of a chain. Digests can still be added to it. */
export async function lockChains(sql: Sql, chainIds: readonly string[]): Promise<void> {
  await sql.query('SELECT FROM digest_chain WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [chainIds]);
}

/** Counts the files of digests anew. A digest that names a file that is not in the ledger is not proven. */
export async function countProven(sql: Sql, digestIds: readonly string[]): Promise<void> {
  await sql.query(
    `WITH counted AS (
       SELECT digest.id, digest.state = 'VERIFIED' AND digest.files = (
         SELECT count(*) FROM log_file AS file
         WHERE file.digest_id = digest.id AND file.integrity = 'VERIFIED' AND file.state = 'INGESTED') AS proven
       FROM digest WHERE id = ANY ($1::bigint[])
     )
     UPDATE digest SET proven = counted.proven
     FROM counted WHERE digest.id = counted.id AND digest.proven <> counted.proven`,
    [digestIds],
  );
}

/** A digest in its place in the chain. */
export interface PlacedChainDigest extends ChainDigest {
  readonly id: string;
  readonly namedAt: Date;
}

interface Row {
  readonly id: string;
  readonly namedAt: Date;
  readonly key: string;
  readonly start: Date;
  readonly end: Date;
  readonly sha256: Buffer;
  readonly signature: Buffer | null;
  readonly proven: boolean;
  readonly previousKey: string | null;
  readonly previousSha256: Buffer | null;
  readonly previousSignature: Buffer | null;
}

const selected = `
  SELECT id::text AS id, named_at AS "namedAt", key, start_time AS start, end_time AS "end", sha256, signature, proven,
    previous_key AS "previousKey", previous_sha256 AS "previousSha256", previous_signature AS "previousSignature"
  FROM digest WHERE chain_id = $1 AND start_time IS NOT NULL`;

/** The digests of a chain whose windows are known, in the order of their ends. */
export async function chainDigests(sql: Sql, chainId: string): Promise<PlacedChainDigest[]> {
  return (await sql.query<Row>(`${selected} ORDER BY end_time, id`, [chainId])).map(placed);
}

/** Those of a part of a chain, and the ones next to it. */
export async function chainPart(sql: Sql, chainId: string, from: Date, to: Date) {
  const part = (condition: string, order: string) =>
    sql.query<Row>(`${selected} AND ${condition} ORDER BY ${order}`, [chainId, from, to]);
  const [before] = await sql.query<Row>(`${selected} AND named_at < $2 ORDER BY named_at DESC, id DESC LIMIT 1`, [
    chainId,
    from,
  ]);
  const [after] = await sql.query<Row>(`${selected} AND named_at > $2 ORDER BY named_at, id LIMIT 1`, [chainId, to]);
  const within = await part('named_at BETWEEN $2 AND $3', 'end_time, id');
  return { before: before ? placed(before) : null, digests: within.map(placed), after: after ? placed(after) : null };
}

/** A digest without a signature is not proven, and links to nothing. */
function placed({
  previousKey,
  previousSha256,
  previousSignature,
  start,
  end,
  signature,
  ...row
}: Row): PlacedChainDigest {
  const isLinked = previousKey !== null && previousSha256 !== null && previousSignature !== null;
  return {
    ...row,
    start: start.getTime(),
    end: end.getTime(),
    signature: signature ?? Buffer.alloc(0),
    previous: isLinked ? { key: previousKey, sha256: previousSha256, signature: previousSignature } : null,
  };
}

export async function storedSpans(sql: Sql, chainId: string): Promise<Span[]> {
  const rows = await sql.query<{ start: Date; end: Date }>(
    'SELECT start_time AS start, end_time AS "end" FROM proven_span WHERE chain_id = $1 ORDER BY start_time',
    [chainId],
  );
  return rows.map(({ start, end }) => ({ start: start.getTime(), end: end.getTime() }));
}

export async function replaceSpans(
  sql: Sql,
  chainId: string,
  remove: readonly Span[],
  add: readonly Span[],
): Promise<void> {
  const times = (spans: readonly Span[], end: 'start' | 'end') =>
    spans.map((span) => new Date(span[end]).toISOString());
  await sql.query('DELETE FROM proven_span WHERE chain_id = $1 AND start_time = ANY ($2::timestamptz[])', [
    chainId,
    times(remove, 'start'),
  ]);
  await sql.query(
    `INSERT INTO proven_span (chain_id, start_time, end_time)
     SELECT $1, start_time, max(end_time) FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (start_time, end_time)
     GROUP BY start_time`,
    [chainId, times(add, 'start'), times(add, 'end')],
  );
}

/** A digest that names one before it of which there is no row. */
export interface MissingPrevious {
  readonly chainId: string;
  readonly bucketId: number;
  readonly sourceId: string;
  readonly previousKey: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly isBackfill: boolean;
}

export async function missingPrevious(sql: Sql, digestIds: readonly string[]): Promise<MissingPrevious[]> {
  return sql.query<MissingPrevious>(
    `SELECT digest.chain_id::text AS "chainId", digest.bucket_id AS "bucketId", digest.source_id AS "sourceId",
       digest.previous_key AS "previousKey", chain.account_id AS "accountId", chain.aws_region AS "awsRegion",
       chain.trail, chain.home_region AS "homeRegion", chain.is_backfill AS "isBackfill"
     FROM digest JOIN digest_chain AS chain ON chain.id = digest.chain_id
     WHERE digest.id = ANY ($1::bigint[]) AND digest.state = 'VERIFIED' AND digest.previous_key IS NOT NULL
       AND NOT EXISTS (
         SELECT FROM digest AS known WHERE known.bucket_id = digest.bucket_id AND known.key = digest.previous_key)`,
    [digestIds],
  );
}

/** A digest that ought to be there, where its source has looked. */
export interface ExpectedDigest extends MissingPrevious {
  readonly namedAt: number;
  /** `…/CloudTrail-Digest/eu-west-1/` */
  readonly regionPrefix: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
}

/**
 * Makes rows for digests that others name, to be fetched, and found missing where they are gone; but only within what was
 * collected. The digest before the oldest one that was collected is not missing: it lies beyond how far back the source
 * was read. It counts as within when an older one of its chain is known, or when the folder of its day was listed.
 */
export async function addExpected(sql: Sql, digests: readonly ExpectedDigest[]): Promise<number> {
  const rows = await sql.query(
    `INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag)
     SELECT chain_id, bucket_id, key, source_id, named_at, ''
     FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::date[])
       AS found (chain_id, bucket_id, key, source_id, named_at, region_prefix, day)
     WHERE EXISTS (SELECT FROM digest AS older WHERE older.chain_id = found.chain_id AND older.named_at < found.named_at)
       OR EXISTS (
         SELECT FROM listing WHERE listing.source_id = found.source_id AND listing.day = found.day
           AND listing.region_prefix = found.region_prefix AND listing.listed_at IS NOT NULL)
     ORDER BY key
     ON CONFLICT DO NOTHING
     RETURNING id`,
    [
      digests.map((digest) => digest.chainId),
      digests.map((digest) => digest.bucketId),
      digests.map((digest) => digest.previousKey),
      digests.map((digest) => digest.sourceId),
      digests.map((digest) => new Date(digest.namedAt).toISOString()),
      digests.map((digest) => digest.regionPrefix),
      digests.map((digest) => digest.day),
    ],
  );
  return rows.length;
}
