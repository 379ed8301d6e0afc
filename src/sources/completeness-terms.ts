/** What there may be one answer for each of. */
export type CompletenessKey = 'account' | 'region';

/** The pieces of SQL that depend on the query; `asked` is a table in it: account_id, regions, kept_since. */
export interface Terms {
  readonly from: string | null;
  readonly regions: string | null;
  readonly groupBy: readonly CompletenessKey[];
}

/**
 * The regions that count: those asked for, else those that are collected of the account. CASE, which Postgres takes to
 * hold for every second row: of OR it expected one in a hundred, and went through 17,000 chains by their index.
 */
export function isWanted({ regions }: Terms, table: string): string {
  return regions === null
    ? `CASE WHEN asked.regions = '{}' THEN true ELSE ${table}.aws_region = ANY (asked.regions) END`
    : `${table}.aws_region = ANY (${regions})`;
}

const nothing = {
  proof: 'NULL::boolean, NULL::timestamptz, NULL::timestamptz',
  look: 'NULL::boolean, NULL::timestamptz',
  file: 'NULL::timestamptz',
};

/** A part says something of what is proven, of looks, or of files that wait, and nothing of the others. */
export function part({ groupBy }: Terms, says: Partial<typeof nothing>, table: string, rest: string): string {
  const { proof, look, file } = { ...nothing, ...says };
  const account = groupBy.includes('account') ? `${table}.account_id` : 'NULL::text';
  const region = groupBy.includes('region') ? `${table}.aws_region` : 'NULL::text';
  return `SELECT ${account}, ${region}, ${proof}, ${look}, ${file} FROM ${rest} GROUP BY 1, 2`;
}
