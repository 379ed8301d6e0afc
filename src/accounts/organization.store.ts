import type { Sql } from '../platform/database/database.js';
import type { Organization } from './organization.entity.js';
import type { ListedOrganization } from './organization-accounts.js';

/** As it is connected. */
export type OrganizationSettings = Pick<
  Organization,
  'roleArn' | 'externalId' | 'viaRoleArn' | 'viaExternalId' | 'memberRoleName' | 'memberExternalId'
>;

const columns = `
  organization.id, organization.aws_id AS "organizationId",
  organization.management_account_id AS "managementAccountId", organization.role_arn AS "roleArn",
  organization.external_id AS "externalId", organization.via_role_arn AS "viaRoleArn",
  organization.via_external_id AS "viaExternalId", organization.member_role_name AS "memberRoleName",
  organization.member_external_id AS "memberExternalId", organization.last_error AS "lastError",
  organization.last_refreshed_at AS "lastRefreshedAt", organization.created_at AS "createdAt",
  (SELECT count(*)::integer FROM account
   WHERE account.organization_id = organization.id AND closed_at IS NULL) AS accounts,
  (SELECT count(*)::integer FROM account
   WHERE account.organization_id = organization.id AND closed_at IS NOT NULL) AS "closedAccounts"`;

/** Oldest first. */
export async function listOrganizations(sql: Sql): Promise<Organization[]> {
  return sql.query<Organization>(`SELECT ${columns} FROM organization ORDER BY created_at, id`);
}

export async function findOrganization(sql: Sql, id: string): Promise<Organization | null> {
  const [organization] = await sql.query<Organization>(`SELECT ${columns} FROM organization WHERE id = $1`, [id]);
  return organization ?? null;
}

export async function insertOrganization(sql: Sql, settings: OrganizationSettings): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO organization
       (role_arn, external_id, via_role_arn, via_external_id, member_role_name, member_external_id)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [
      settings.roleArn,
      settings.externalId,
      settings.viaRoleArn,
      settings.viaExternalId,
      settings.memberRoleName,
      settings.memberExternalId,
    ],
  );
  return (row as { id: string }).id;
}

/** Its accounts stay, with the roles that they have; nobody says of them any more whether they are open. */
export async function deleteOrganization(sql: Sql, id: string): Promise<void> {
  await sql.query('UPDATE account SET closed_at = NULL WHERE organization_id = $1 AND closed_at IS NOT NULL', [id]);
  await sql.query('DELETE FROM organization WHERE id = $1', [id]);
}

/** Takes the connections that are due. Nobody else takes them before `seconds` have passed. */
export async function takeDue(sql: Sql, seconds: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `UPDATE organization SET due_at = now() + make_interval(secs => $1)
     WHERE id IN (SELECT id FROM organization WHERE due_at <= now() ORDER BY id FOR UPDATE SKIP LOCKED) RETURNING id`,
    [seconds],
  );
  return rows.map(({ id }) => id);
}

export async function recordFailure(sql: Sql, id: string, error: string): Promise<void> {
  await sql.query('UPDATE organization SET last_error = $2 WHERE id = $1', [id, error]);
}

/**
 * Writes what the organisation named: makes its accounts, marks those that are closed or have left, and gives each its
 * name and role, unless somebody did. An account whose own bucket is read without a role keeps being read so.
 *
 * @param dueSeconds when it is to be asked again
 * @returns accounts that were there and whose role has changed; nothing for a connection that is gone
 */
export async function writeOrganization(
  sql: Sql,
  id: string,
  listed: ListedOrganization,
  dueSeconds: number,
): Promise<string[]> {
  const held = await sql.query(
    `UPDATE organization SET aws_id = $2, management_account_id = $3, last_error = NULL, last_refreshed_at = now(),
       due_at = now() + make_interval(secs => $4)
     WHERE id = $1 RETURNING id`,
    [id, listed.organizationId, listed.managementAccountId, dueSeconds],
  );
  if (held.length === 0) return [];
  const rows = await sql.query<{ id: string }>(
    `WITH organization AS (SELECT * FROM organization WHERE id = $1),
     listed AS (
       SELECT listed.*, member_role_name IS NOT NULL AS has_role,
         'arn:' || $5 || ':iam::' || account_id || ':role/' || member_role_name AS member_role
       FROM unnest($2::text[], $3::text[], $4::text[]) AS listed (account_id, name, state), organization
     ), made AS (
       INSERT INTO account
         (account_id, name, role_arn, external_id, via_role_arn, via_external_id, organization_id)
       SELECT account_id, name, member_role, CASE WHEN has_role THEN member_external_id END,
         CASE WHEN has_role THEN via_role_arn END, CASE WHEN has_role THEN via_external_id END, $1
       FROM listed, organization
       WHERE state = 'open' AND NOT EXISTS (SELECT FROM deleted_account WHERE account_id = listed.account_id)
       ORDER BY account_id
       ON CONFLICT DO NOTHING
     ), known AS (
       SELECT account.account_id, account.name AS old_name, account.role_arn AS old_role, listed.name, listed.state,
         listed.account_id IS NULL AS has_left, member_role,
         has_role AND NOT role_is_own AND NOT EXISTS (
           SELECT FROM source WHERE owner_account_id = account.account_id AND source.role_arn IS NULL
             AND account.role_arn IS NULL AND source.type <> 'DIRECTORY') AS takes_role
       FROM account LEFT JOIN listed USING (account_id)
       WHERE account.organization_id = $1 OR (account.organization_id IS NULL AND listed.account_id IS NOT NULL)
       ORDER BY account.account_id FOR UPDATE OF account
     ), changed AS (
       UPDATE account
       SET organization_id = $1,
         name = CASE WHEN account.name = account.account_id THEN coalesce(known.name, account.name)
           ELSE account.name END,
         closed_at = CASE WHEN has_left OR state = 'closed' THEN coalesce(account.closed_at, now()) END,
         role_arn = CASE WHEN takes_role THEN member_role ELSE account.role_arn END,
         external_id = CASE WHEN takes_role THEN member_external_id ELSE account.external_id END,
         via_role_arn = CASE WHEN takes_role THEN organization.via_role_arn ELSE account.via_role_arn END,
         via_external_id = CASE WHEN takes_role THEN organization.via_external_id ELSE account.via_external_id END,
         updated_at = now()
       FROM known, organization
       WHERE account.account_id = known.account_id AND (
         account.organization_id IS NULL
         OR (account.name = account.account_id AND known.name <> account.name)
         OR (account.closed_at IS NULL) = (has_left OR state = 'closed')
         OR (takes_role AND account.role_arn IS DISTINCT FROM member_role))
       RETURNING account.account_id, account.role_arn IS DISTINCT FROM known.old_role AS is_role_new
     )
     SELECT account_id AS id FROM changed WHERE is_role_new ORDER BY 1`,
    [
      id,
      listed.accounts.map(({ accountId }) => accountId),
      listed.accounts.map(({ name }) => name),
      listed.accounts.map(({ state }) => state),
      listed.partition,
    ],
  );
  return rows.map((row) => row.id);
}
