import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API tokens, the audit log, and the installation's own secrets. */
export class Access1795219400000 implements MigrationInterface {
  readonly name = 'Access1795219400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Rows are never deleted, so that the audit log can always name who acted.
      CREATE TABLE token (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name text NOT NULL,
        -- SHA-256 of the secret, which has 256 random bits of its own and so needs no slow hash.
        secret_hash bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
        scopes text[] NOT NULL,
        -- null: every account
        account_ids text[] COLLATE "C",
        -- API: by createToken. CONFIGURED: the operator's own. FIRST: made by the first start.
        origin text NOT NULL DEFAULT 'API' CHECK (origin IN ('API', 'CONFIGURED', 'FIRST')),
        created_by uuid REFERENCES token,
        -- Milliseconds, as cursors hold them.
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
      );
      CREATE INDEX token_created ON token (created_at, id);

      CREATE TABLE audit_entry (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        -- The nil UUID for the command line, which has no row in token.
        token_id uuid NOT NULL,
        token_name text NOT NULL,
        action text NOT NULL,
        target text NOT NULL,
        -- Who may read the entry: a token that reaches all of these accounts (null: every account) ...
        account_ids text[] COLLATE "C",
        -- ... and has all of these scopes.
        scopes text[] NOT NULL DEFAULT '{}',
        details jsonb NOT NULL DEFAULT '{}'
      );

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
