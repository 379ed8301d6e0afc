import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, coversAll } from '../access/scope.js';
import { reachIdOf } from '../deliveries/reach.service.js';
import type { TargetService } from '../deliveries/target.service.js';
import type { CursorCodec } from '../lib/cursor.js';
import { parseSchedule } from '../patterns/schedule/schedule.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { Rule, RuleState, RuleStatistics } from './rule.entity.js';
import type { PutRuleInput, PutRuleTargetsInput, RemoveRuleTargetsInput, RulesArgs } from './rule.inputs.js';
import * as store from './rule.store.js';
import { ruleArn } from './rule-arn.js';
import { type FiguredRule, figuresSince } from './rule-figures.service.js';
import { raiseVersion } from './rule-set.store.js';
import { parseRule, parseRuleTargets } from './rule-settings.js';

export interface RuleServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly targets: TargetService;
  readonly now: () => Date;
}

const cursorKind = 'rules';
/** Of all rules together: what each thread that matches holds, and how long it takes to compile, is bounded by it. */
const most = { rules: 10_000, alternatives: 100_000, accounts: 1_000_000 };
const mostTargetsOfRule = 50;

/** Rules as their owners know them. */
export class RuleService {
  constructor(private readonly deps: RuleServiceDeps) {}

  async find(scope: AccountScope, name: string): Promise<Rule | null> {
    const row = await store.findRule(this.deps.database, name);
    return row !== null && coversAll(scope, row.accountIds) ? ruleOf(row) : null;
  }

  async list(scope: AccountScope, args: RulesArgs): Promise<Connection<Rule>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const filter = args.filter ?? {};
    const after = decodeCursor(cursors, cursorKind, args.after);
    const rows = await store.listRules(database.reads, scope, filter, after && String(after[0]), first + 1);
    return pageOf({
      rows: rows.map(ruleOf),
      first,
      after: after !== null,
      cursorOf: ({ name }) => cursors.encode(cursorKind, [name]),
      totalCount: () => store.countRules(database.reads, scope, filter),
    });
  }

  /** @throws CONFLICT where a rule out of reach has the name */
  async put(caller: Caller, input: PutRuleInput): Promise<Rule> {
    const { now } = this.deps;
    const parsed = parseRule(input, caller.accounts);
    return this.#change(caller, 'putRule', parsed.name, async (sql) => {
      const known = await store.findRule(sql, parsed.name);
      if (known !== null && !coversAll(caller.accounts, known.accountIds)) throw taken(parsed.name);
      await this.#requireRoom(sql, parsed);
      if (known !== null) await this.#requireTargetsReach(sql, known, parsed.accountIds);
      // The same schedule keeps its beat.
      const isSame = known !== null && known.scheduleExpression === parsed.scheduleExpression;
      const anchor = (isSame ? (await store.readSchedule(sql, parsed.name))?.anchor : null) ?? now();
      const reachId = parsed.accountIds === null ? null : await reachIdOf(sql, parsed.accountIds);
      await store.writeRule(sql, { ...parsed, reachId, ...timing(parsed, anchor, now()) });
      return parsed.accountIds;
    });
  }

  async delete(caller: Caller, name: string): Promise<Rule> {
    const rule = await this.#require(caller.accounts, name);
    await this.#change(caller, 'deleteRule', name, async (sql) => {
      const held = await this.#require(caller.accounts, name, sql);
      await store.deleteRule(sql, name);
      return held.accountIds;
    });
    return rule;
  }

  async setState(caller: Caller, name: string, state: RuleState): Promise<Rule> {
    const action = state === 'ENABLED' ? 'enableRule' : 'disableRule';
    return this.#change(caller, action, name, async (sql) => {
      const rule = await this.#require(caller.accounts, name, sql);
      const anchor = (await store.readSchedule(sql, name))?.anchor ?? null;
      const { nextTime } = timing({ ...rule, state }, anchor ?? this.deps.now(), this.deps.now());
      await store.writeState(sql, name, state, nextTime);
      return rule.accountIds;
    });
  }

  async putTargets(caller: Caller, input: PutRuleTargetsInput): Promise<Rule> {
    const parsed = parseRuleTargets(input.targets);
    return this.#change(caller, 'putRuleTargets', input.rule, async (sql) => {
      const rule = await this.#require(caller.accounts, input.rule, sql);
      const ids = new Set([...rule.targets.map(({ id }) => id), ...parsed.map(({ id }) => id)]);
      if (ids.size > mostTargetsOfRule) throw badInput('input.targets', `a rule has at most ${mostTargetsOfRule}`);
      const found = await this.deps.targets.findForRules(
        sql,
        caller.accounts,
        parsed.map(({ target }) => target),
      );
      const targets = parsed.map(({ target, ...rest }, index) => {
        const argument = `input.targets[${index}].target`;
        const known = found.get(target);
        if (known === undefined) throw badInput(argument, `there is no target "${target}"; make it with putTarget`);
        if (!reaches(known.accountIds, rule.accountIds)) throw badInput(argument, beyond(target));
        return { ...rest, targetId: known.id };
      });
      await store.writeRuleTargets(sql, rule.id, targets);
      return rule.accountIds;
    });
  }

  async removeTargets(caller: Caller, { rule: name, ids }: RemoveRuleTargetsInput): Promise<Rule> {
    return this.#change(caller, 'removeRuleTargets', name, async (sql) => {
      const rule = await this.#require(caller.accounts, name, sql);
      await store.deleteRuleTargets(sql, rule.id, ids);
      return rule.accountIds;
    });
  }

  /** Of the last seconds, in the order of the rules. */
  statistics(rules: readonly FiguredRule[], seconds: number): Promise<RuleStatistics[]> {
    const now = this.deps.now();
    return figuresSince(this.deps.database.reads, rules, new Date(now.getTime() - seconds * 1000), now);
  }

  /**
   * One change of rules, with its entry in the audit log. Whoever holds the rules compiled learns of it by the version.
   *
   * @param work returns the accounts that the change reaches
   */
  async #change(
    caller: Caller,
    action: string,
    name: string,
    work: (sql: Sql) => Promise<readonly string[] | null>,
  ): Promise<Rule> {
    return this.deps.database.transaction(async (sql) => {
      await store.lockRules(sql);
      const accountIds = await work(sql);
      await raiseVersion(sql);
      await this.deps.audit.record(caller, { action, target: name, accountIds }, sql);
      const row = await store.findRule(sql, name);
      // Of a rule that was deleted nobody asks for what is returned.
      return row === null ? (undefined as never) : ruleOf(row);
    });
  }

  /** @throws CONFLICT where all rules together would come to more than can be held */
  async #requireRoom(sql: Sql, rule: Pick<store.RuleSettings, 'name' | 'alternatives' | 'accountIds'>): Promise<void> {
    const others = await store.sizeOfOthers(sql, rule.name);
    if (others.rules >= most.rules) throw conflict(`${most.rules} rules are there, which is the most`);
    if (others.alternatives + rule.alternatives > most.alternatives) {
      throw conflict(`the patterns of all rules would have more than ${most.alternatives} alternatives: use fewer $or`);
    }
    if (others.accounts + (rule.accountIds?.length ?? 0) > most.accounts) {
      throw conflict(`all rules together would name more than ${most.accounts} accounts: use rules of every account`);
    }
  }

  /** @throws NOT_FOUND where it does not exist for the scope */
  async #require(scope: AccountScope, name: string, sql: Sql = this.deps.database): Promise<Rule> {
    const row = await store.findRule(sql, name);
    if (row === null || !coversAll(scope, row.accountIds)) throw notFound(`rule "${name}"`);
    return ruleOf(row);
  }

  /** A rule may not come to send to a target what whoever changes that target may not see. */
  async #requireTargetsReach(sql: Sql, rule: store.RuleRow, accountIds: readonly string[] | null): Promise<void> {
    const targets = await store.reachOfTargets(sql, rule.id);
    const short = targets.find((target) => !reaches(target.accountIds, accountIds));
    if (short) throw badInput('input.accountIds', beyond(short.name));
  }
}

function reaches(of: readonly string[] | null, wanted: readonly string[] | null): boolean {
  if (of === null) return true;
  return wanted?.every((accountId) => of.includes(accountId)) ?? false;
}

function beyond(target: string): string {
  return `the rule sees accounts that target "${target}" is not for: give the target more accountIds, or the rule fewer`;
}

function taken(name: string) {
  return conflict(`the name "${name}" is taken by a rule that this token does not cover`);
}

function timing(
  rule: { readonly scheduleExpression: string | null; readonly state: RuleState },
  anchor: Date,
  now: Date,
): { anchor: Date | null; nextTime: Date | null } {
  if (rule.scheduleExpression === null) return { anchor: null, nextTime: null };
  const next = rule.state === 'ENABLED' ? parseSchedule(rule.scheduleExpression).next(now, anchor) : null;
  return { anchor, nextTime: next };
}

function ruleOf(row: store.RuleRow): Rule {
  const eventPattern = row.eventPattern === null ? null : (JSON.parse(row.eventPattern) as unknown);
  return { ...row, eventPattern, arn: ruleArn(row) };
}
