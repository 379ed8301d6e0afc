import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What queues of notifications told of, and the messages that could not be understood. */
export class Notifications1795300200000 implements MigrationInterface {
  readonly name = 'Notifications1795300200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE source
        ADD COLUMN messages_received bigint NOT NULL DEFAULT 0,
        ADD COLUMN messages_set_aside bigint NOT NULL DEFAULT 0,
        -- Objects that messages told of and that are not collected.
        ADD COLUMN objects_ignored bigint NOT NULL DEFAULT 0,
        ADD COLUMN last_message_at timestamptz,
        -- When the queue last answered.
        ADD COLUMN last_polled_at timestamptz,
        -- Beside last_error, which the next look through the bucket takes away.
        ADD COLUMN queue_error text;

      -- Messages, or parts of one, that were not understood. At most so many of a source are kept.
      CREATE TABLE set_aside_notification (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source_id uuid NOT NULL REFERENCES source ON DELETE CASCADE,
        message_id text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        reason text NOT NULL,
        -- As it was received, or its beginning.
        body text NOT NULL CHECK (octet_length(body) <= 262144),
        UNIQUE (source_id, message_id)
      );
      CREATE INDEX set_aside_notification_newest ON set_aside_notification (source_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE set_aside_notification;
      ALTER TABLE source
        DROP COLUMN messages_received, DROP COLUMN messages_set_aside, DROP COLUMN objects_ignored,
        DROP COLUMN last_message_at, DROP COLUMN last_polled_at, DROP COLUMN queue_error;
    `);
  }
}
