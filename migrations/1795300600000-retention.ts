import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long events are kept, what is known of those that are gone, and the merging of days into months. */
export class Retention1795300600000 implements MigrationInterface {
  readonly name = 'Retention1795300600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- null: as long as the installation says.
      ALTER TABLE account ADD COLUMN retention_days integer CHECK (retention_days BETWEEN 1 AND 36500);

      -- Counts the transactions that deleted events. Its row is locked to the commit, so a reader who sees a number
      -- sees all that was deleted up to it.
      CREATE TABLE retention_epoch (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        epoch bigint NOT NULL
      );
      INSERT INTO retention_epoch (epoch) VALUES (0);

      -- By account: the highest position of a batch of which retention deleted events, when it last did so, and the time
      -- before which not everything that was proven is there any more, whatever the account keeps from now on.
      CREATE TABLE retention_mark (
        account_id text COLLATE "C" PRIMARY KEY,
        epoch bigint NOT NULL,
        position bigint NOT NULL,
        deleted_before timestamptz NOT NULL
      );

      -- What retention deletes together, and the accounts that a partition holds.
      CREATE INDEX record_chunk_account ON record_chunk (account_id, event_time);
      -- Batches all of whose events lie in partitions that are gone.
      CREATE INDEX batch_max_event_time ON batch (max_event_time);

      -- Days whose rows stand in the table of their month, which is not yet a partition.
      CREATE TABLE merged_day (
        day date PRIMARY KEY
      );
      -- Days that were written to since they began to be merged.
      CREATE TABLE merge_change (
        day date NOT NULL
      );
      CREATE FUNCTION note_merge_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO merge_change (day) VALUES (TG_ARGV[0]::date);
        RETURN NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      DECLARE unfinished regclass;
      BEGIN
        FOR unfinished IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relname LIKE 'merging\\_%' LOOP
          EXECUTE format('DROP TABLE %s', unfinished);
        END LOOP;
      END $$;
      DROP FUNCTION note_merge_change CASCADE;
      DROP TABLE merge_change, merged_day, retention_mark, retention_epoch;
      DROP INDEX batch_max_event_time, record_chunk_account;
      ALTER TABLE account DROP COLUMN retention_days;
    `);
  }
}
