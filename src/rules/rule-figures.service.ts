import type { Database, Sql } from '../platform/database/database.js';
import { addStatistics, compactStatistics, forgetOldStatistics, type RuleFigures } from './rule-statistic.store.js';

/** Counts deliveries that came to their end as invocations of the rules that caused them. */
export async function countInvocations(
  sql: Sql,
  ended: readonly { readonly ruleId: string | null; readonly state: 'DELIVERED' | 'FAILED' }[],
): Promise<void> {
  const figures = new Map<string, Required<Pick<RuleFigures, 'invocations' | 'failedInvocations'>>>();
  for (const { ruleId, state } of ended) {
    if (ruleId === null) continue;
    const { invocations, failedInvocations } = figures.get(ruleId) ?? { invocations: 0, failedInvocations: 0 };
    const failed = state === 'FAILED' ? 1 : 0;
    figures.set(ruleId, { invocations: invocations + 1, failedInvocations: failedInvocations + failed });
  }
  await addStatistics(
    sql,
    [...figures].map(([ruleId, counts]) => ({ ruleId, ...counts })),
  );
}

/** Keeps the figures in shape. */
export async function maintainFigures(database: Database, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await compactStatistics(database)) > 0);
  await forgetOldStatistics(database);
}
