import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Listing that knows what is quiet and what is closed; backfills; a claim that steps over no backlog. */
export class ListingAndBackfill1795300300000 implements MigrationInterface {
  readonly name = 'ListingAndBackfill1795300300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE source
        -- The days of which its region folders have rows in listing: they are made anew when these change.
        ADD COLUMN listing_from date,
        ADD COLUMN listing_to date;

      ALTER TABLE listing_region
        -- A folder of digest files, not of log files.
        ADD COLUMN is_digest boolean NOT NULL DEFAULT false,
        -- Everything that was in its open day folders then was seen: the start of the earliest of the last listings of
        -- them, or of the last look for folders of the account. Null before the first.
        ADD COLUMN looked_at timestamptz;

      ALTER TABLE listing
        -- When the newest object was written that a listing of it showed.
        ADD COLUMN newest_at timestamptz,
        -- Digests prove the whole day, so it is not listed again.
        ADD COLUMN closed_at timestamptz;

      CREATE TABLE backfill (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        -- What rows of the ledger name it by. 0 there: of none.
        number integer GENERATED ALWAYS AS IDENTITY UNIQUE CHECK (number > 0),
        account_ids text[] COLLATE "C" NOT NULL,
        -- null: every region
        regions text[],
        -- Days of delivery in UTC, both included.
        from_day date NOT NULL,
        to_day date NOT NULL CHECK (to_day >= from_day),
        state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'PAUSED', 'DONE')),
        -- Milliseconds, as cursors hold them.
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        finished_at timestamptz,
        -- Of the files that it brought into the ledger: added up in the transactions that store their events.
        files_ingested bigint NOT NULL DEFAULT 0,
        events bigint NOT NULL DEFAULT 0,
        -- When a worker was last at it, and how far it was in the last minutes.
        worked_at timestamptz,
        samples jsonb NOT NULL DEFAULT '[]'
      );
      CREATE INDEX backfill_created ON backfill (created_at, id);
      CREATE INDEX backfill_running ON backfill (number) WHERE state = 'RUNNING';

      -- What is to be listed: a row for each region folder, which goes back from day to day. A row for each day would
      -- be 12 million of them for a year of 1,000 accounts.
      CREATE TABLE backfill_folder (
        backfill integer NOT NULL REFERENCES backfill (number) ON DELETE CASCADE,
        source_id uuid NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        -- '…/CloudTrail/eu-west-1/'. Empty: the folders of the account in the source are to be looked for first.
        prefix text COLLATE "C" NOT NULL,
        -- The next day to list, the newest first; null when all are.
        day date,
        -- Log files that its listings showed, those known before included.
        files bigint NOT NULL DEFAULT 0,
        bytes bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        error text,
        -- Not before. With a lease: the lease ends.
        due_at timestamptz NOT NULL,
        lease uuid,
        PRIMARY KEY (backfill, source_id, account_id, prefix),
        FOREIGN KEY (source_id, account_id) REFERENCES source_account ON DELETE CASCADE
      );
      CREATE INDEX backfill_folder_open ON backfill_folder (backfill, day DESC) WHERE day IS NOT NULL;
      CREATE INDEX backfill_folder_account ON backfill_folder (source_id, account_id);
      CREATE INDEX backfill_folder_lease ON backfill_folder (lease) WHERE lease IS NOT NULL;

      ALTER TABLE log_file
        -- The number of the backfill that brought it here; 0: none.
        ADD COLUMN backfill integer NOT NULL DEFAULT 0,
        -- It waits for its account or its backfill to be resumed, or for a source that speaks for its account: out of
        -- the way of claims. Set and taken back by the sweep; claims themselves look at the reasons.
        ADD COLUMN parked boolean NOT NULL DEFAULT false,
        ADD CONSTRAINT log_file_priority CHECK (priority IN (0, 100));
      DROP INDEX log_file_due;
      CREATE INDEX log_file_due ON log_file (priority, due_at, id) WHERE state = 'DISCOVERED' AND NOT parked;
      CREATE INDEX log_file_due_of_source ON log_file (source_id, priority, due_at, id)
        WHERE state = 'DISCOVERED' AND NOT parked;
      CREATE INDEX log_file_waiting ON log_file (parked, source_id, account_id, backfill) WHERE state = 'DISCOVERED';
      CREATE INDEX log_file_backfill ON log_file (backfill) INCLUDE (size)
        WHERE backfill <> 0 AND state IN ('DISCOVERED', 'INGESTING');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX log_file_due, log_file_due_of_source, log_file_waiting, log_file_backfill;
      ALTER TABLE log_file DROP CONSTRAINT log_file_priority, DROP COLUMN parked, DROP COLUMN backfill;
      CREATE INDEX log_file_due ON log_file (priority, due_at, id) WHERE state = 'DISCOVERED';
      DROP TABLE backfill_folder, backfill;
      ALTER TABLE listing DROP COLUMN closed_at, DROP COLUMN newest_at;
      ALTER TABLE listing_region DROP COLUMN looked_at, DROP COLUMN is_digest;
      ALTER TABLE source DROP COLUMN listing_to, DROP COLUMN listing_from;
    `);
  }
}
