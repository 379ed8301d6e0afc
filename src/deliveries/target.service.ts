import { randomUUID } from 'node:crypto';
import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, coversAll } from '../access/scope.js';
import { parseRole } from '../accounts/aws-identity.inputs.js';
import type { CursorCodec } from '../lib/cursor.js';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { SecretBox } from '../platform/secrets/secret-box.js';
import { type DeliverySender, secretContext } from './delivery-sender.js';
import type { Target } from './target.entity.js';
import type { PutTargetInput, TargetsArgs, TestTargetPayload } from './target.inputs.js';
import * as store from './target.store.js';
import type { TargetRules } from './target-kind.js';
import { parseTargetInput } from './target-settings.js';
import { testMessage } from './test-message.js';

export interface TargetServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly secretBox: SecretBox;
  readonly sender: DeliverySender;
  readonly http: TargetRules['http'];
  /** The accounts whose data rules and alarms send to a target. */
  readonly accountsSentTo: (sql: Sql, targetId: string) => Promise<{ every: boolean; accountIds: readonly string[] }>;
  readonly log: Logger;
  readonly now: () => Date;
}

const cursorKind = 'targets';
const mostTargets = 1000;
const mostCounted = 10_000;

/** Targets as their owners know them. */
export class TargetService {
  constructor(private readonly deps: TargetServiceDeps) {}

  async find(scope: AccountScope, name: string): Promise<Target | null> {
    const target = await store.findTarget(this.deps.database, name);
    return target !== null && coversAll(scope, target.accountIds) ? target : null;
  }

  async list(scope: AccountScope, args: TargetsArgs): Promise<Connection<Target>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const filter = args.filter ?? {};
    const after = decodeCursor(cursors, cursorKind, args.after);
    return pageOf({
      rows: await store.listTargets(database.reads, scope, filter, after && String(after[0]), first + 1),
      first,
      after: after !== null,
      cursorOf: ({ name }) => cursors.encode(cursorKind, [name]),
      totalCount: () => store.countTargets(database.reads, scope, filter),
    });
  }

  /** @returns the target, and the secret that was made for it, if one was */
  async put(caller: Caller, input: PutTargetInput): Promise<{ target: Target; secret: string | null }> {
    const { database, audit, secretBox, http } = this.deps;
    const rules: TargetRules = { http, requireRole: (argument, arn) => requireRole(argument, arn, caller.accounts) };
    return database.transaction(async (sql) => {
      const known = await store.lockTarget(sql, input.name);
      if (known !== null && !coversAll(caller.accounts, known.accountIds)) throw taken(input.name);
      if (known === null) await this.#requireRoom(sql);
      const context = secretContext(input.name);
      const opened = known && { ...known, secrets: openSecrets(secretBox, known.secrets, context) };
      const { secrets, newSecret, ...settings } = parseTargetInput(input, opened, rules, caller.accounts);
      if (known !== null) await this.#requireUsersReached(sql, known.id, settings.accountIds);
      const isWritten = await store.writeTarget(sql, { ...settings, secrets: secretBox.seal(secrets, context) }, known);
      if (!isWritten) throw conflict(`a target "${input.name}" was made at the same time`);
      if (known !== null && known.ordered !== settings.ordered) await reorder(sql, known.id, settings.ordered);
      const { name, accountIds, type } = settings;
      const details = { type, settings: settings.settings };
      await audit.record(caller, { action: 'putTarget', target: name, accountIds, details }, sql);
      return { target: (await store.findTarget(sql, name)) as Target, secret: newSecret ?? null };
    });
  }

  /** What waits for it is set aside. @throws CONFLICT while rules or alarms use it */
  async delete(caller: Caller, name: string): Promise<Target> {
    return this.deps.database.transaction(async (sql) => {
      // Held, so that it is still what the token covers when it goes.
      await store.lockTarget(sql, name);
      const target = await this.#require(caller.accounts, name, sql);
      try {
        await store.deleteTarget(sql, name);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '23503')) throw error;
        const isOfAlarms = 'table' in error && error.table === 'alarm_action';
        throw conflict(
          isOfAlarms
            ? `alarms have target "${name}" among their actions: take it from them first`
            : `rules send to target "${name}": take it from them first, with removeRuleTargets`,
        );
      }
      const { accountIds } = target;
      await this.deps.audit.record(caller, { action: 'deleteTarget', target: name, accountIds }, sql);
      return target;
    });
  }

  /** Sends a message that says that it is a test, at once and once. */
  async test(caller: Caller, name: string, signal: AbortSignal): Promise<TestTargetPayload> {
    const { database, sender, now, audit } = this.deps;
    const row = await database.transaction((sql) => store.lockTarget(sql, name));
    if (row === null || !coversAll(caller.accounts, row.accountIds)) throw notFound(`target "${name}"`);
    const { accountIds } = row;
    await audit.record(caller, { action: 'testTarget', target: name, accountIds });
    const body = testMessage(name, now());
    const message = { id: randomUUID(), body, attempt: 1, createdAt: now(), group: 'test', subject: null };
    const outcome = await sender.sendTo({ ...row, targetName: row.name }, message, signal);
    return outcome.delivered
      ? { ok: true, answer: outcome.answer, error: null }
      : { ok: false, answer: null, error: outcome.reason };
  }

  /** How much waits, in the order of the ids; counted to 10,000. */
  async pending(ids: readonly string[]): Promise<number[]> {
    const pending = await store.countPending(this.deps.database.reads, ids, mostCounted);
    return ids.map((id) => pending.get(id) ?? 0);
  }

  /** Targets that a rule or alarm of this scope may name, held so that they stay as they are to the commit. */
  async findForRules(
    sql: Sql,
    scope: AccountScope,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly accountIds: readonly string[] | null }>> {
    return new Map((await store.findReaches(sql, scope, names)).map((target) => [target.name, target]));
  }

  /** Seals anew what is sealed with a key that was replaced. What cannot be opened is left, and told in the log. */
  async resealSecrets(): Promise<void> {
    const { database, secretBox, log } = this.deps;
    if (secretBox.currentKeyId === '') return;
    let resealed = 0;
    for (const { id, name, secrets } of await store.readSealed(database)) {
      try {
        if (secretBox.keyIdOf(secrets) === secretBox.currentKeyId) continue;
        const context = secretContext(name);
        const anew = secretBox.seal(secretBox.open(secrets, context), context);
        if (await store.replaceSealed(database, id, secrets, anew)) resealed += 1;
      } catch (error) {
        log.error({ ...failureFields(error), target: name }, 'the secrets of a target cannot be read');
      }
    }
    if (resealed > 0) log.info({ targets: resealed }, 'secrets were encrypted anew with the current key');
  }

  async #requireRoom(sql: Sql): Promise<void> {
    const [row] = await sql.query<{ count: number }>('SELECT count(*)::integer AS count FROM target');
    if ((row?.count ?? 0) >= mostTargets) throw conflict(`${mostTargets} targets are there, which is the most`);
  }

  /** @throws NOT_FOUND where it does not exist for the scope */
  async #require(scope: AccountScope, name: string, sql: Sql = this.deps.database): Promise<Target> {
    const target = await store.findTarget(sql, name);
    if (target === null || !coversAll(scope, target.accountIds)) throw notFound(`target "${name}"`);
    return target;
  }

  /** Whoever may change a target may see all that goes there: its accounts cannot become fewer than its rules' and alarms'. */
  async #requireUsersReached(sql: Sql, id: string, accountIds: readonly string[] | null): Promise<void> {
    if (accountIds === null) return;
    const sent = await this.deps.accountsSentTo(sql, id);
    const isBeyond = sent.every || sent.accountIds.some((accountId) => !accountIds.includes(accountId));
    if (isBeyond)
      throw badInput('input.accountIds', 'alarms or rules that use the target see more accounts than these');
  }
}

/** @throws CONFLICT in the words of the box: whoever changes the target can do something about it */
function openSecrets(secretBox: SecretBox, sealed: Buffer, context: string): object {
  try {
    return secretBox.open(sealed, context);
  } catch (error) {
    throw error instanceof CrosstrailError ? error : conflict((error as Error).message);
  }
}

/** Under the lock that all places are given under. */
async function reorder(sql: Sql, id: string, ordered: boolean): Promise<void> {
  if (ordered) await lock(sql, advisoryLocks.deliveryOrder);
  await store.reorder(sql, id, ordered);
}

/** Without a role the hub itself sends: that is for those who may see every account. */
function requireRole(argument: string, roleArn: string | null, scope: AccountScope): void {
  if (roleArn !== null) {
    parseRole(argument, roleArn, scope);
  } else if (scope.accountIds !== null) {
    throw new CrosstrailError(
      'FORBIDDEN',
      `${argument}: without a role Crosstrail's own identity sends, which takes a token for every account`,
      { argument },
    );
  }
}

function taken(name: string): CrosstrailError {
  return conflict(`the name "${name}" is taken by a target that this token does not cover`);
}
