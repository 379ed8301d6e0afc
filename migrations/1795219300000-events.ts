import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stored events, the records behind them, hourly counts, and the positions readers follow. */
export class Events1795219300000 implements MigrationInterface {
  readonly name = 'Events1795219300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE batch_id_seq;

      -- One row for each committed transaction that stored events. The id is taken when the work starts,
      -- the position as its last statement, under the lock on batch_position: positions are in commit order.
      CREATE TABLE batch (
        id bigint PRIMARY KEY,
        position bigint NOT NULL UNIQUE,
        min_event_time timestamptz NOT NULL,
        max_event_time timestamptz NOT NULL,
        events integer NOT NULL,
        committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX batch_committed_at ON batch (committed_at);

      CREATE TABLE batch_position (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        position bigint NOT NULL
      );
      INSERT INTO batch_position (position) VALUES (0);

      CREATE TABLE event (
        event_time timestamptz NOT NULL,
        batch_id bigint NOT NULL,
        log_file_id bigint NOT NULL,
        -- First 8 bytes of the SHA-256 of the record's bytes: tells a copy that differs.
        record_hash bigint NOT NULL,
        -- Place in the batch. ordinal / 64 is the chunk and ordinal % 64 the slot in it.
        ordinal integer NOT NULL,
        has_error boolean NOT NULL,
        read_only boolean,
        management_event boolean,
        event_id uuid NOT NULL,
        source_ip inet,
        account_id text COLLATE "C" NOT NULL,
        aws_region text COLLATE "C",
        event_source text COLLATE "C",
        event_name text COLLATE "C",
        event_type text COLLATE "C",
        event_category text COLLATE "C",
        error_code text COLLATE "C",
        identity_type text COLLATE "C",
        principal_arn text COLLATE "C",
        session_issuer_arn text COLLATE "C",
        user_name text COLLATE "C",
        access_key_id text COLLATE "C",
        -- What sourceIPAddress holds where it is no address as Postgres writes one.
        source_address text COLLATE "C",
        user_agent text COLLATE "C",
        error_message text COLLATE "C",
        resource_arns text[] COLLATE "C",
        UNIQUE (account_id, event_time, event_id)
      ) PARTITION BY RANGE (event_time);
      CREATE INDEX event_event_id ON event USING hash (event_id);
      CREATE INDEX event_account_name_time ON event (account_id, event_name, event_time);
      CREATE INDEX event_time ON event (event_time);
      CREATE INDEX event_batch ON event (batch_id, ordinal);

      -- Up to 64 records of one account and day, deflated together.
      CREATE TABLE record_chunk (
        -- 00:00 UTC of the day of its events.
        event_time timestamptz NOT NULL,
        batch_id bigint NOT NULL,
        chunk integer NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (batch_id, chunk, account_id, event_time)
      ) PARTITION BY RANGE (event_time);
      ALTER TABLE record_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

      -- Files other than the first in which an event was seen.
      CREATE TABLE event_sighting (
        event_time timestamptz NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        event_id uuid NOT NULL,
        log_file_id bigint NOT NULL,
        -- Where the bytes of the copy stand, when they differ from the event's own.
        batch_id bigint,
        ordinal integer,
        PRIMARY KEY (account_id, event_time, event_id, log_file_id)
      ) PARTITION BY RANGE (event_time);

      -- The catch-all for times that earn no partition of their own.
      CREATE TABLE event_other PARTITION OF event DEFAULT;
      CREATE TABLE record_chunk_other PARTITION OF record_chunk DEFAULT;
      CREATE TABLE event_sighting_other PARTITION OF event_sighting DEFAULT;
      ALTER TABLE record_chunk_other ALTER COLUMN data SET STORAGE EXTERNAL;

      -- Deltas, appended by each ingest and summed up later.
      CREATE TABLE event_count (
        hour timestamptz NOT NULL,
        events integer NOT NULL,
        errors integer NOT NULL,
        -- Not yet summed up with the others of its hour.
        is_delta boolean NOT NULL DEFAULT true,
        account_id text COLLATE "C" NOT NULL,
        aws_region text COLLATE "C",
        event_source text COLLATE "C",
        event_name text COLLATE "C",
        error_code text COLLATE "C"
      );
      CREATE INDEX event_count_hour_account ON event_count (hour, account_id);
      CREATE INDEX event_count_delta ON event_count (hour) WHERE is_delta;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE event_count, event_sighting, record_chunk, event, batch_position, batch;
      DROP SEQUENCE batch_id_seq;
    `);
  }
}
