import type { Sql } from '../platform/database/database.js';

/** An alarm that another is made of. */
export interface ChildLink {
  readonly parentId: string;
  readonly childId: string;
  readonly isSuppressor: boolean;
}

/** What some composite alarms are made of, in place of what they were. */
export async function replaceChildren(
  sql: Sql,
  parentIds: readonly string[],
  links: readonly ChildLink[],
): Promise<void> {
  await sql.query('DELETE FROM alarm_child WHERE parent_id = ANY ($1::bigint[])', [parentIds]);
  if (links.length === 0) return;
  await sql.query(
    `INSERT INTO alarm_child (parent_id, child_id, is_suppressor)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])`,
    [
      links.map(({ parentId }) => parentId),
      links.map(({ childId }) => childId),
      links.map(({ isSuppressor }) => isSuppressor),
    ],
  );
}

/** Alarms by name, whatever their reach. */
export async function findChildren(
  sql: Sql,
  names: readonly string[],
): Promise<{ id: string; name: string; accountIds: string[] | null }[]> {
  if (names.length === 0) return [];
  return sql.query(
    'SELECT id, name, account_ids AS "accountIds" FROM alarm WHERE name = ANY ($1::text[]) ORDER BY id',
    [names],
  );
}

/** An alarm and a composite alarm that is made of it. */
export interface ParentLink {
  readonly childName: string;
  readonly parentId: string;
  readonly parentName: string;
  /** Of the parent. */
  readonly accountIds: readonly string[] | null;
}

export async function findParents(sql: Sql, childIds: readonly string[]): Promise<ParentLink[]> {
  return sql.query<ParentLink>(
    `SELECT DISTINCT child.name AS "childName", parent.id AS "parentId", parent.name AS "parentName",
       parent.account_ids AS "accountIds"
     FROM alarm_child JOIN alarm AS parent ON parent.id = parent_id JOIN alarm AS child ON child.id = child_id
     WHERE child_id = ANY ($1::bigint[]) ORDER BY child.name, parent.name`,
    [childIds],
  );
}

/** An alarm that more composite alarms than these are made of, if there is one among the children of some. */
export async function findCrowdedChild(
  sql: Sql,
  parentIds: readonly string[],
  mostParents: number,
): Promise<string | null> {
  const [row] = await sql.query<{ name: string }>(
    `SELECT alarm.name FROM alarm_child JOIN alarm ON alarm.id = child_id
     WHERE child_id IN (SELECT child_id FROM alarm_child WHERE parent_id = ANY ($1::bigint[]))
     GROUP BY alarm.name HAVING count(DISTINCT parent_id) > $2 ORDER BY alarm.name LIMIT 1`,
    [parentIds, mostParents],
  );
  return row?.name ?? null;
}

/** Which composite alarms are made of which, from some of them downwards: at most so many of these links. */
export async function readLinksBelow(
  sql: Sql,
  parentIds: readonly string[],
  limit: number,
): Promise<{ parent: string; child: string }[]> {
  return sql.query(
    `WITH RECURSIVE below (parent_id, child_id) AS (
       SELECT parent_id, child_id FROM alarm_child JOIN alarm ON alarm.id = child_id AND alarm.type = 'COMPOSITE'
       WHERE parent_id = ANY ($1::bigint[])
       UNION
       SELECT alarm_child.parent_id, alarm_child.child_id
       FROM below JOIN alarm_child ON alarm_child.parent_id = below.child_id
       JOIN alarm ON alarm.id = alarm_child.child_id AND alarm.type = 'COMPOSITE'
     )
     SELECT parent.name AS parent, child.name AS child
     FROM (SELECT * FROM below LIMIT $2) AS link
     JOIN alarm AS parent ON parent.id = link.parent_id JOIN alarm AS child ON child.id = link.child_id`,
    [parentIds, limit],
  );
}
