import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, coversAll } from '../access/scope.js';
import type { AccountService } from '../accounts/account.service.js';
import type { Retention } from '../accounts/retention.service.js';
import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, type PageArgs, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { Backfill, BackfillError } from './backfill.entity.js';
import { parseSpan, requireKept, type StartBackfillInput } from './backfill.inputs.js';
import * as store from './backfill.store.js';

export interface BackfillServiceDeps {
  readonly database: Database;
  readonly accounts: AccountService;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly now: () => Date;
  /** Days of which it keeps nothing are not asked for; all are kept where absent. */
  readonly retention?: Retention | undefined;
  /** A backfill was started or resumed: wake the workers. */
  readonly onChange: () => Promise<void>;
}

const cursorKind = 'backfills';
/** Workers go round all that run: with many, none would come to an end. */
const mostOpen = 100;
const untold = 'it cannot be listed; whoever sees every account of its source sees why';

export class BackfillService {
  constructor(private readonly deps: BackfillServiceDeps) {}

  async find(scope: AccountScope, id: string): Promise<Backfill | null> {
    return isUuid(id) ? store.findBackfill(this.deps.database, scope, id) : null;
  }

  async list(scope: AccountScope, args: PageArgs): Promise<Connection<Backfill>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const place = after === null ? null : ([String(after[0]), String(after[1])] as const);
    return pageOf({
      rows: await store.listBackfills(database.reads, scope, place, first + 1),
      first,
      after: after !== null,
      cursorOf: ({ createdAt, id }) => cursors.encode(cursorKind, [createdAt.toISOString(), id]),
      totalCount: () => store.countBackfills(database.reads, scope),
    });
  }

  /** How far backfills are, by number; for those that the caller was shown already. */
  async standings(numbers: readonly number[]): Promise<Map<number, store.BackfillStanding>> {
    const found = await store.standings(this.deps.database, numbers);
    return new Map(found.map((standing) => [standing.number, standing]));
  }

  /** What fails of backfills, by number; for those that the caller was shown already. */
  async failures(scope: AccountScope, numbers: readonly number[]): Promise<Map<number, BackfillError[]>> {
    const failing = await store.failingAccounts(this.deps.database, numbers);
    const errors = new Map<number, BackfillError[]>(numbers.map((number) => [number, []]));
    for (const { number, accountId, error, retryAt, reach } of failing) {
      errors.get(number)?.push({ accountId, error: coversAll(scope, reach) ? error : untold, retryAt });
    }
    return errors;
  }

  /** Its workers look for the folders first, so that this takes no call to AWS. */
  async start(caller: Caller, input: StartBackfillInput): Promise<Backfill> {
    const now = this.deps.now();
    const span = parseSpan(input, now);
    const kept = await this.deps.retention?.keptSince();
    const backfill = await this.deps.database.transaction(async (sql) => {
      if ((await store.countOpen(sql)) >= mostOpen) {
        throw conflict(`${mostOpen} backfills are running or paused here already; start another once one is done`);
      }
      const accountIds = await this.accountsOf(sql, caller.accounts, input.accountIds ?? null);
      requireKept(span, kept?.earliestOf(accountIds) ?? null);
      const id = await store.insertBackfill(sql, accountIds, span, now);
      const entry = { action: 'startBackfill', target: id, accountIds, details: span };
      await this.deps.audit.record(caller, entry, sql);
      return this.requireIn(sql, caller.accounts, id);
    });
    await this.deps.onChange();
    return backfill;
  }

  async pause(caller: Caller, id: string): Promise<Backfill> {
    return this.change(caller, 'pauseBackfill', id, async (sql, { state }) => {
      if (!(await store.pauseRunning(sql, id)))
        throw conflict(`backfill ${id} is ${state}: only a RUNNING one can pause`);
    });
  }

  async resume(caller: Caller, id: string): Promise<Backfill> {
    const backfill = await this.change(caller, 'resumeBackfill', id, async (sql, { state }) => {
      if (await store.resumeStopped(sql, id, this.deps.now())) return;
      throw conflict(`backfill ${id} is ${state}${state === 'DONE' ? ' and gave nothing up' : ''}: nothing to resume`);
    });
    await this.deps.onChange();
    return backfill;
  }

  private async accountsOf(sql: Sql, scope: AccountScope, accountIds: readonly string[] | null): Promise<string[]> {
    const known = await this.deps.accounts.existing(sql, scope, accountIds);
    if (known.length === 0 && accountIds === null) {
      throw badInput('input.accountIds', 'there is no account yet; connect one with createAccount');
    }
    if (accountIds?.length === 0) throw badInput('input.accountIds', 'is empty; leave it out for every account');
    for (const accountId of accountIds ?? []) if (!known.includes(accountId)) throw notFound(`account ${accountId}`);
    return known;
  }

  private async change(
    caller: Caller,
    action: string,
    id: string,
    work: (sql: Sql, known: Backfill) => Promise<void>,
  ): Promise<Backfill> {
    return this.deps.database.transaction(async (sql) => {
      const known = await this.requireIn(sql, caller.accounts, id);
      await work(sql, known);
      await this.deps.audit.record(caller, { action, target: id, accountIds: known.accountIds }, sql);
      return this.requireIn(sql, caller.accounts, id);
    });
  }

  private async requireIn(sql: Sql, scope: AccountScope, id: string): Promise<Backfill> {
    const backfill = isUuid(id) ? await store.findBackfill(sql, scope, id) : null;
    if (backfill === null) throw notFound(`backfill ${id}`);
    return backfill;
  }
}
