import { RuleSets } from '../../src/rules/rule-set.service.js';
import { silentLog } from './silent-log.js';

/** What ingest needs of rules, where a test has none. */
export function rulesOfIngest() {
  return { rules: new RuleSets(silentLog), now: () => new Date(), onDeliveries: async () => undefined };
}
