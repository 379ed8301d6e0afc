import type { Sql } from '../platform/database/database.js';
import { Versioned } from '../platform/database/versioned.js';
import { failureFields, type Logger } from '../platform/log.js';
import { compileRule } from './rule-matching.service.js';
import type { RuleDefinition, RuleSet } from './rule-set.port.js';
import { readRules, readVersion } from './rule-set.store.js';

/** The rules as they are stored, read again only when they have changed. One in a process. */
export class RuleSets {
  readonly #sets = new Versioned<RuleSet>(readVersion, async (sql) => ({
    // Read first: what changes in between shows by the next one.
    version: await readVersion(sql),
    rules: (await readRules(sql)).filter((rule) => this.#isSound(rule)),
  }));

  constructor(private readonly log: Logger) {}

  /** As they are for this transaction. */
  current(sql: Sql): Promise<RuleSet> {
    return this.#sets.current(sql);
  }

  /** A rule that another version has stored, and this one cannot read, must not keep the others from running. */
  #isSound(rule: RuleDefinition): boolean {
    try {
      compileRule(rule);
      return true;
    } catch (error) {
      this.log.error(
        { ...failureFields(error), rule: rule.name },
        'a rule cannot be read, and does not run: put it again',
      );
      return false;
    }
  }
}
