import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What must be found quickly to say how complete an answer is. */
export class Coverage1795300400000 implements MigrationInterface {
  readonly name = 'Coverage1795300400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The start of the last look through a directory that took in this account: a paused account is passed over.
      ALTER TABLE source_account ADD COLUMN looked_at timestamptz;

      -- Files that are known and not read: what they hold is still to come.
      CREATE INDEX log_file_pending ON log_file (account_id, aws_region, delivered_at) INCLUDE (source_id)
        WHERE state IN ('DISCOVERED', 'INGESTING') OR (state = 'QUARANTINED' AND ingested_at IS NULL);

      -- Files of which a digest says that they are gone or were changed; few, or something is very wrong.
      CREATE INDEX log_file_refuted ON log_file (digest_id) WHERE integrity IN ('MISSING', 'TAMPERED');

      -- Digests that prove nothing (yet).
      CREATE INDEX digest_unverified ON digest (chain_id, named_at) WHERE state <> 'VERIFIED';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX digest_unverified, log_file_refuted, log_file_pending;
      ALTER TABLE source_account DROP COLUMN looked_at;
    `);
  }
}
