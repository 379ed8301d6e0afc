import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a chunk of records holds, so that a rare value is found in any span of time without reading the events. */
export class RecordTerms1795300700000 implements MigrationInterface {
  readonly name = 'RecordTerms1795300700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE record_chunk
        -- The first and the last time of its events.
        ADD COLUMN min_time timestamptz,
        ADD COLUMN max_time timestamptz,
        -- The values of its events that are asked for most, as numbers: see event-terms.ts. Null: not worked out yet.
        ADD COLUMN terms integer[];
      CREATE INDEX record_chunk_terms ON record_chunk USING gin (terms);
      CREATE INDEX record_chunk_max_time ON record_chunk (max_time);
      -- Chunks of before this column: few, and none once the maintenance has worked them out.
      CREATE INDEX record_chunk_without_terms ON record_chunk (event_time) WHERE terms IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX record_chunk_without_terms, record_chunk_max_time, record_chunk_terms;
      ALTER TABLE record_chunk DROP COLUMN min_time, DROP COLUMN max_time, DROP COLUMN terms;
    `);
  }
}
