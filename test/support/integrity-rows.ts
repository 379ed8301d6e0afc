import type { Database } from '../../src/platform/database/database.js';
import type { SourceType } from '../../src/sources/source.entity.js';

/** Times in the tests of completeness are hours and minutes of one day. */
export function at(clock: string): Date {
  return new Date(`2026-11-20T${clock}:00Z`);
}

/** `9:00` is not a time of the tests; `null` stays what it is. */
export function clockOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString().slice(11, 16);
}

export interface PlantedFile {
  readonly accountId: string;
  readonly region?: string;
  readonly deliveredAt: Date;
  readonly sourceId?: string;
  readonly state?: string;
  readonly integrity?: string;
  readonly ingestedAt?: Date | null;
  readonly digestId?: string | null;
  readonly events?: number;
  readonly duplicates?: number;
}

export interface PlantedDigest {
  readonly start?: string;
  readonly end: string;
  /** VERIFIED when left out. */
  readonly state?: string;
  readonly files?: number;
  readonly beginsChain?: boolean;
  /** All that it names was read. */
  readonly proven?: boolean;
}

const noSource = '00000000-0000-4000-8000-000000000000';

/** Writes rows of accounts, sources, chains and files as collection would leave them. */
export class IntegrityRows {
  private made = 0;

  constructor(private readonly database: Database) {}

  async account(accountId: string, regions: readonly string[] = []): Promise<void> {
    await this.database.query('INSERT INTO account (account_id, name, regions) VALUES ($1, $1, $2)', [
      accountId,
      regions,
    ]);
  }

  /** Regions in which something of the account was found. */
  async regions(accountId: string, ...regions: readonly string[]): Promise<void> {
    await this.database.query(
      'INSERT INTO account_region SELECT $1, region FROM unnest($2::text[]) AS region ON CONFLICT DO NOTHING',
      [accountId, regions],
    );
  }

  async source(type: SourceType, accountIds: readonly string[]): Promise<string> {
    const [row] = await this.database.query<{ id: string }>(
      'INSERT INTO source (type, bucket_id) VALUES ($1, $2) RETURNING id',
      [type, await this.bucket()],
    );
    const id = row?.id ?? '';
    await this.database.query(
      'INSERT INTO source_account (source_id, account_id) SELECT $1, account FROM unnest($2::text[]) AS account',
      [id, accountIds],
    );
    return id;
  }

  async folder(
    sourceId: string,
    accountId: string,
    region: string,
    lookedAt: Date | null,
    isDigest = false,
  ): Promise<void> {
    const prefix = `AWSLogs/${accountId}/CloudTrail${isDigest ? '-Digest' : ''}/${region}/`;
    await this.database.query(
      `INSERT INTO listing_region (source_id, prefix, account_id, aws_region, looked_at, is_digest)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (source_id, prefix) DO UPDATE SET looked_at = excluded.looked_at`,
      [sourceId, prefix, accountId, region, lookedAt, isDigest],
    );
  }

  async chain(
    accountId: string,
    region: string,
    options: { trail?: string; isBackfill?: boolean; spans?: readonly (readonly [string, string])[] } = {},
  ): Promise<string> {
    const { trail = 'trail', isBackfill = false, spans = [] } = options;
    await this.regions(accountId, region);
    const [row] = await this.database.query<{ id: string }>(
      `INSERT INTO digest_chain (bucket_id, account_id, aws_region, trail, home_region, is_backfill)
       VALUES ($1, $2, $3, $4, 'eu-west-1', $5) RETURNING id::text AS id`,
      [await this.bucket(), accountId, region, trail, isBackfill],
    );
    const id = row?.id ?? '';
    for (const [start, end] of spans) await this.span(id, start, end);
    return id;
  }

  async span(chainId: string, start: string, end: string): Promise<void> {
    await this.database.query('INSERT INTO proven_span VALUES ($1, $2, $3)', [chainId, at(start), at(end)]);
  }

  /** Without a `start` its content was never read. */
  async digest(chainId: string, given: PlantedDigest): Promise<string> {
    const { start, end, state = 'VERIFIED', files = 0, beginsChain = false, proven = false } = given;
    this.made += 1;
    const [row] = await this.database.query<{ id: string }>(
      `INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state, due_at, start_time, end_time,
         previous_key, files, proven)
       SELECT id, bucket_id, $2, $3, $4, 'e', $5, NULL, $6, $7, $8, $9, $10 FROM digest_chain WHERE id = $1
       RETURNING id::text AS id`,
      [
        chainId,
        `digest-${this.made}`,
        noSource,
        at(end),
        state,
        start === undefined ? null : at(start),
        start === undefined ? null : at(end),
        beginsChain ? null : 'before',
        files,
        proven,
      ],
    );
    return row?.id ?? '';
  }

  async unproven(digestId: string): Promise<void> {
    await this.database.query('UPDATE digest SET proven = false WHERE id = $1', [digestId]);
  }

  async file(given: PlantedFile): Promise<string> {
    const { accountId, region = 'eu-west-1', deliveredAt, sourceId = noSource, state = 'INGESTED' } = given;
    this.made += 1;
    await this.regions(accountId, region);
    const [row] = await this.database.query<{ id: string }>(
      `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, state,
         integrity, ingested_at, digest_id, events, duplicates)
       VALUES ($1, $2, $3, $4, $5, $6, 1, 'e', $7, $8, $9, $10, $11, $12) RETURNING id::text AS id`,
      [
        await this.bucket(),
        `file-${this.made}`,
        sourceId,
        accountId,
        region,
        deliveredAt,
        state,
        given.integrity ?? 'UNVERIFIED',
        given.ingestedAt === undefined ? (state === 'INGESTED' ? deliveredAt : null) : given.ingestedAt,
        given.digestId ?? null,
        given.events ?? 0,
        given.duplicates ?? 0,
      ],
    );
    return row?.id ?? '';
  }

  private async bucket(): Promise<number> {
    await this.database.query(`INSERT INTO log_bucket (endpoint, name) VALUES ('s3:aws', 'b') ON CONFLICT DO NOTHING`);
    const [row] = await this.database.query<{ id: number }>(`SELECT id FROM log_bucket WHERE name = 'b'`);
    return row?.id ?? 0;
  }
}
