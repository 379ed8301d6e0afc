import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Digest files, the chains that they make, and what is proven by them. */
export class Integrity1795300100000 implements MigrationInterface {
  readonly name = 'Integrity1795300100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE log_file
        -- SHA-256 of the uncompressed content as it was read; empty where the gzip is damaged and there is no whole
        -- content; null until the file was read.
        ADD COLUMN sha256 bytea,
        -- The digest that names the file, and the hash that it gives; no hash while the digest itself does not hold.
        ADD COLUMN digest_id bigint,
        ADD COLUMN digest_sha256 bytea;
      -- Why the digests of the source cannot be verified.
      ALTER TABLE source ADD COLUMN digest_error text;
      CREATE INDEX log_file_digest ON log_file (digest_id) WHERE digest_id IS NOT NULL;

      -- The regions in which files of an account were ever found: what must be proven before the account is.
      CREATE TABLE account_region (
        account_id text COLLATE "C" NOT NULL,
        aws_region text NOT NULL,
        PRIMARY KEY (account_id, aws_region)
      );
      INSERT INTO account_region (account_id, aws_region)
        SELECT DISTINCT account_id, aws_region FROM log_file;

      -- The digests of one trail for one account and region follow each other without a gap. Backfill digests, which
      -- AWS delivers later for what it delivered late, are a chain of their own.
      CREATE TABLE digest_chain (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        bucket_id integer NOT NULL REFERENCES log_bucket,
        account_id text COLLATE "C" NOT NULL,
        aws_region text NOT NULL,
        trail text NOT NULL,
        home_region text NOT NULL,
        is_backfill boolean NOT NULL DEFAULT false,
        UNIQUE (bucket_id, account_id, aws_region, home_region, trail, is_backfill)
      );
      CREATE INDEX digest_chain_account ON digest_chain (account_id, aws_region);

      CREATE TABLE digest (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        chain_id bigint NOT NULL REFERENCES digest_chain ON DELETE CASCADE,
        bucket_id integer NOT NULL REFERENCES log_bucket,
        key text COLLATE "C" NOT NULL,
        -- The source that reads it. No foreign key, as for log files.
        source_id uuid NOT NULL,
        -- The time in its name.
        named_at timestamptz NOT NULL,
        etag text NOT NULL,
        -- DISCOVERED: to be read. VERIFIED: signature and hash hold. INVALID: they do not, or it is no digest.
        -- MISSING: another digest or its own listing named it, and it is gone. UNVERIFIABLE: nothing to verify it with.
        state text NOT NULL DEFAULT 'DISCOVERED'
          CHECK (state IN ('DISCOVERED', 'VERIFIED', 'INVALID', 'MISSING', 'UNVERIFIABLE')),
        attempts integer NOT NULL DEFAULT 0,
        -- When it is to be read next, or its lease ends; null when there is nothing to do.
        due_at timestamptz DEFAULT now(),
        lease uuid,
        error text,
        start_time timestamptz,
        end_time timestamptz,
        -- Of the uncompressed content.
        sha256 bytea,
        signature bytea,
        fingerprint text,
        previous_bucket text,
        previous_key text COLLATE "C",
        previous_sha256 bytea,
        previous_signature bytea,
        -- Log files that it names.
        files integer NOT NULL DEFAULT 0,
        -- It is VERIFIED, and so is every file that it names, and ingested; as last counted.
        proven boolean NOT NULL DEFAULT false,
        discovered_at timestamptz NOT NULL DEFAULT now(),
        verified_at timestamptz,
        UNIQUE (bucket_id, key)
      );
      CREATE INDEX digest_due ON digest (due_at, id) WHERE due_at IS NOT NULL;
      CREATE INDEX digest_due_source ON digest (source_id, due_at, id) WHERE due_at IS NOT NULL;
      CREATE INDEX digest_window ON digest (chain_id, end_time);
      CREATE INDEX digest_named ON digest (chain_id, named_at);
      CREATE INDEX digest_newest ON digest (named_at, id);
      CREATE INDEX digest_unverifiable ON digest (fingerprint) WHERE state = 'UNVERIFIABLE';

      -- Digests that changed, or files of them, since the proven spans of their chain were worked out. Rows, and no mark
      -- on the chain: many ingest transactions at once would wait for each other at the mark.
      CREATE TABLE digest_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest_id bigint NOT NULL
      );

      -- Spans of a chain that are proven: windows that follow each other, each digest verified and linked to the one
      -- before it, each file that it names ingested with the hash that it gives.
      CREATE TABLE proven_span (
        chain_id bigint NOT NULL REFERENCES digest_chain ON DELETE CASCADE,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        PRIMARY KEY (chain_id, start_time)
      );

      -- Public keys that sign digests, as cloudtrail:ListPublicKeys gave them.
      CREATE TABLE digest_key (
        aws_region text NOT NULL,
        fingerprint text NOT NULL,
        -- PKCS#1, DER.
        public_key bytea NOT NULL,
        valid_from timestamptz NOT NULL,
        valid_to timestamptz NOT NULL,
        PRIMARY KEY (aws_region, fingerprint)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE digest_key, proven_span, digest_change, digest, digest_chain, account_region;
      ALTER TABLE source DROP COLUMN digest_error;
      ALTER TABLE log_file DROP COLUMN sha256, DROP COLUMN digest_id, DROP COLUMN digest_sha256;
    `);
  }
}
