import type { Sql } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import { compileRule } from './rule-matching.service.js';
import type { RuleDefinition, RuleSet } from './rule-set.port.js';
import { readRules, readVersion } from './rule-set.store.js';

/** The rules as they are stored, read again only when they have changed. One in a process. */
export class RuleSets {
  #current: RuleSet | null = null;

  constructor(private readonly log: Logger) {}

  /** As they are for this transaction. */
  async current(sql: Sql): Promise<RuleSet> {
    const version = await readVersion(sql);
    if (this.#current?.version === version) return this.#current;
    const set = { version, rules: (await readRules(sql)).filter((rule) => this.#isSound(rule)) };
    // Two that ask at once get one set: threads know it by what it is.
    if (this.#current?.version === version) return this.#current;
    // Read after the version: what changed in between shows by the next one.
    this.#current = set;
    return set;
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
