import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Roles that lead to other roles, and organisations whose accounts are found by AWS Organizations. */
export class Fleet1795300500000 implements MigrationInterface {
  readonly name = 'Fleet1795300500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE organization (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        -- What AWS calls it, o-…, and who owns it; null before the first time that it was asked.
        aws_id text,
        management_account_id text COLLATE "C",
        -- Who lists its accounts; null: the hub itself.
        role_arn text,
        external_id text,
        via_role_arn text,
        via_external_id text,
        -- The role that each account is given; null: none.
        member_role_name text,
        member_external_id text,
        last_error text,
        last_refreshed_at timestamptz,
        due_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now()
      );

      ALTER TABLE account
        -- The role that assumes the account's role; null: the hub itself.
        ADD COLUMN via_role_arn text,
        ADD COLUMN via_external_id text,
        -- Somebody gave it its role, or took it away: its organisation does not.
        ADD COLUMN role_is_own boolean NOT NULL DEFAULT false,
        -- The connection that lists the account.
        ADD COLUMN organization_id uuid REFERENCES organization ON DELETE SET NULL,
        -- When its organisation was first seen without it, or with it suspended or closed.
        ADD COLUMN closed_at timestamptz;
      UPDATE account SET role_is_own = true WHERE role_arn IS NOT NULL;

      ALTER TABLE source
        ADD COLUMN via_role_arn text,
        ADD COLUMN via_external_id text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE source DROP COLUMN via_external_id, DROP COLUMN via_role_arn;
      ALTER TABLE account DROP COLUMN closed_at, DROP COLUMN organization_id, DROP COLUMN role_is_own,
        DROP COLUMN via_external_id, DROP COLUMN via_role_arn;
      DROP TABLE organization;
    `);
  }
}
