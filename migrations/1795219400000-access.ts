import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API tokens, the audit log, and the installation's own secrets. */
export class Access1795219400000 implements MigrationInterface {
  readonly name = 'Access1795219400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE token (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name text NOT NULL,
        -- SHA-256 of the secret, which has 256 random bits of its own and so needs no slow hash.
        secret_hash bytea NOT NULL UNIQUE,
        scopes text[] NOT NULL,
        -- null: every account
        account_ids text[] COLLATE "C",
        created_by uuid REFERENCES token ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
      );

      CREATE TABLE audit_entry (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        token_id uuid,
        token_name text NOT NULL,
        action text NOT NULL,
        target text NOT NULL,
        -- The accounts the change reaches; null: every account.
        account_ids text[] COLLATE "C",
        details jsonb NOT NULL DEFAULT '{}'
      );
      CREATE INDEX audit_entry_at ON audit_entry (at, id);

      CREATE TABLE installation_secret (
        name text PRIMARY KEY,
        value bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE installation_secret, audit_entry, token;');
  }
}
