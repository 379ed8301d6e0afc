import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Digests that a key has read again, when it comes: INVALID ones too, whose key was not listed yet when they were read. */
export class DigestKeys1795300800000 implements MigrationInterface {
  readonly name = 'DigestKeys1795300800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX digest_without_key ON digest (fingerprint) WHERE state IN ('UNVERIFIABLE', 'INVALID');
      DROP INDEX digest_unverifiable;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX digest_unverifiable ON digest (fingerprint) WHERE state = 'UNVERIFIABLE';
      DROP INDEX digest_without_key;
    `);
  }
}
