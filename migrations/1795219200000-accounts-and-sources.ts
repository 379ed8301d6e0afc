import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Monitored accounts, where their log files come from, and the ledger of every file seen. */
export class AccountsAndSources1795219200000 implements MigrationInterface {
  readonly name = 'AccountsAndSources1795219200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE account (
        account_id text COLLATE "C" PRIMARY KEY CHECK (account_id ~ '^[0-9]{12}$'),
        name text NOT NULL,
        paused boolean NOT NULL DEFAULT false,
        role_arn text,
        external_id text,
        regions text[] NOT NULL DEFAULT '{}',
        tags jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      -- Accounts that a user deleted: a source that discovers accounts must not bring them back.
      CREATE TABLE deleted_account (
        account_id text COLLATE "C" PRIMARY KEY,
        deleted_at timestamptz NOT NULL DEFAULT now()
      );

      -- A place that holds log files. Two sources over one bucket share it, and so its ledger.
      CREATE TABLE log_bucket (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        endpoint text NOT NULL,
        name text NOT NULL,
        UNIQUE (endpoint, name)
      );

      CREATE TABLE source (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        type text NOT NULL CHECK (type IN ('S3_LISTING', 'S3_NOTIFICATIONS', 'DIRECTORY', 'CLOUDWATCH')),
        bucket_id integer NOT NULL REFERENCES log_bucket,
        prefix text NOT NULL DEFAULT '',
        region text,
        queue_url text,
        role_arn text,
        external_id text,
        -- Set for a source made with its account: it goes when the account goes.
        owner_account_id text COLLATE "C" REFERENCES account ON DELETE CASCADE,
        discover_accounts boolean NOT NULL DEFAULT false,
        last_error text,
        last_discovery_at timestamptz,
        -- The newest delivery time among the files found through it.
        last_file_at timestamptz,
        -- What the last look saw of accounts that it is not granted.
        files_ignored bigint NOT NULL DEFAULT 0,
        accounts_ignored integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX source_location ON source (bucket_id, type, prefix);

      -- The accounts a source may speak for. Files under any other account's path are not collected through it.
      CREATE TABLE source_account (
        source_id uuid NOT NULL REFERENCES source ON DELETE CASCADE,
        account_id text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
        discovered boolean NOT NULL DEFAULT false,
        -- Why this account alone cannot be collected through the source; what stops all of them is on the source.
        last_error text,
        -- When the account's folders (kinds and regions) were last looked for.
        mapped_at timestamptz,
        PRIMARY KEY (source_id, account_id)
      );
      CREATE INDEX source_account_account ON source_account (account_id);

      -- The folders of an S3 source below which there is one folder a day, such as AWSLogs/…/CloudTrail/eu-west-1/.
      CREATE TABLE listing_region (
        source_id uuid NOT NULL,
        prefix text COLLATE "C" NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        aws_region text NOT NULL,
        PRIMARY KEY (source_id, prefix),
        FOREIGN KEY (source_id, account_id) REFERENCES source_account ON DELETE CASCADE
      );
      CREATE INDEX listing_region_account ON listing_region (source_id, account_id);

      -- When each day folder is to be listed next.
      CREATE TABLE listing (
        source_id uuid NOT NULL,
        region_prefix text COLLATE "C" NOT NULL,
        day date NOT NULL,
        listed_at timestamptz,
        -- When it was last listed from its first key: the listings between start near the newest keys.
        fully_listed_at timestamptz,
        due_at timestamptz NOT NULL,
        PRIMARY KEY (source_id, region_prefix, day),
        FOREIGN KEY (source_id, region_prefix) REFERENCES listing_region (source_id, prefix) ON DELETE CASCADE
      );
      CREATE INDEX listing_due ON listing (source_id, due_at);

      -- The ledger: one row for each log file, whichever way it was found.
      CREATE TABLE log_file (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        bucket_id integer NOT NULL REFERENCES log_bucket,
        key text COLLATE "C" NOT NULL,
        -- The source that reads it. No foreign key: deleting a source must not rewrite every file it ever found.
        source_id uuid NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        aws_region text NOT NULL,
        delivered_at timestamptz NOT NULL,
        size bigint NOT NULL,
        etag text NOT NULL,
        revision integer NOT NULL DEFAULT 1,
        -- Lower goes first: 0 live, 100 backfill.
        priority smallint NOT NULL DEFAULT 0,
        state text NOT NULL DEFAULT 'DISCOVERED'
          CHECK (state IN ('DISCOVERED', 'INGESTING', 'INGESTED', 'QUARANTINED', 'MISSING')),
        integrity text NOT NULL DEFAULT 'UNVERIFIED'
          CHECK (integrity IN ('VERIFIED', 'UNVERIFIED', 'TAMPERED', 'MISSING', 'UNVERIFIABLE')),
        attempts integer NOT NULL DEFAULT 0,
        -- DISCOVERED: not before. INGESTING: the lease ends.
        due_at timestamptz NOT NULL DEFAULT now(),
        lease uuid,
        error text,
        records integer NOT NULL DEFAULT 0,
        events integer NOT NULL DEFAULT 0,
        duplicates integer NOT NULL DEFAULT 0,
        discovered_at timestamptz NOT NULL DEFAULT now(),
        ingested_at timestamptz,
        UNIQUE (bucket_id, key)
      );
      CREATE INDEX log_file_due ON log_file (priority, due_at, id) WHERE state = 'DISCOVERED';
      CREATE INDEX log_file_leased ON log_file (due_at) WHERE state = 'INGESTING';
      CREATE INDEX log_file_open ON log_file (source_id, state, priority, due_at, id) WHERE state <> 'INGESTED';
      CREATE INDEX log_file_account ON log_file (account_id, delivered_at, id);
      CREATE INDEX log_file_delivered ON log_file (delivered_at, id);

      -- What a file was before its bytes changed under the same key.
      CREATE TABLE log_file_revision (
        log_file_id bigint NOT NULL REFERENCES log_file ON DELETE CASCADE,
        revision integer NOT NULL,
        etag text NOT NULL,
        size bigint NOT NULL,
        state text NOT NULL,
        error text,
        records integer NOT NULL,
        events integer NOT NULL,
        duplicates integer NOT NULL,
        discovered_at timestamptz NOT NULL,
        ingested_at timestamptz,
        PRIMARY KEY (log_file_id, revision)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE log_file_revision, log_file, listing, listing_region, source_account, source, log_bucket,
        deleted_account, account;
    `);
  }
}
