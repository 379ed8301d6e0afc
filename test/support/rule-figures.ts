import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { PointWriter } from '../../src/metrics/point-writer.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { type RuleFigures, rulePoints } from '../../src/rules/rule-figures.service.js';

/** Adds to the figures of a rule at a time. */
export async function plantRuleFigures(
  database: Database,
  rule: string,
  added: Partial<RuleFigures>,
  time: Date,
): Promise<void> {
  const [row] = await database.query<{ accountIds: string[] | null }>(
    'SELECT account_ids AS "accountIds" FROM rule WHERE name = $1',
    [rule],
  );
  if (row === undefined) throw new Error(`there is no rule ${rule}`);
  await database.transaction(async (sql) => {
    const points = new PointWriter(sql, new MetricRegistry(() => time), time);
    await points.add(rulePoints({ name: rule, accountIds: row.accountIds }, added, time.getTime()));
    await points.finish();
  });
}
