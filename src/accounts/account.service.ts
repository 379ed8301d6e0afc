import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, covers, narrow, requireAccount } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { Account } from './account.entity.js';
import type { AccountSettingsInput, AccountsArgs, UpdateAccountInput } from './account.inputs.js';
import * as store from './account.store.js';
import { parseAccountSettings } from './account-settings.js';
import { requireNothingDisclosed, withoutSecrets } from './aws-identity.inputs.js';

export interface AccountServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
}

const cursorKind = 'accounts';

export class AccountService {
  private onChange: (accountId: string) => Promise<void> = async () => undefined;

  constructor(private readonly deps: AccountServiceDeps) {}

  /** Says who is told, after the commit, that what is collected of an account has changed, or how. */
  tell(onChange: (accountId: string) => Promise<void>): void {
    this.onChange = onChange;
  }

  /** To be called after a commit that changed what an account is read with. */
  async changed(accountId: string): Promise<void> {
    await this.onChange(accountId);
  }

  /** The account, or null where it does not exist for this scope. */
  async find(scope: AccountScope, accountId: string): Promise<Account | null> {
    if (!covers(scope, accountId)) return null;
    const [account] = await store.findAccounts(this.deps.database, [accountId]);
    return account ?? null;
  }

  async list(scope: AccountScope, args: AccountsArgs): Promise<Connection<Account>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const query = {
      scope: narrow(scope, args.filter?.accountIds),
      names: args.filter?.names ?? null,
      statuses: args.filter?.statuses ?? null,
    };
    return pageOf({
      rows: await store.listAccounts(database.reads, query, after === null ? null : String(after[0]), first + 1),
      first,
      after: after !== null,
      cursorOf: (account) => cursors.encode(cursorKind, [account.accountId]),
      totalCount: () => store.countAccounts(database.reads, query),
    });
  }

  /**
   * Makes the account in the caller's transaction.
   *
   * @throws FORBIDDEN outside the caller's grant, whether or not the account is there; CONFLICT when it is
   */
  async create(sql: Sql, caller: Caller, accountId: string, input: AccountSettingsInput): Promise<Account> {
    requireGrant(caller.accounts, accountId);
    const settings = parseAccountSettings('input', input, caller.accounts);
    if (!(await store.insertAccount(sql, accountId, settings))) {
      throw conflict(`account ${accountId} is there already; change it with updateAccount`);
    }
    const account = await this.require(sql, accountId);
    const { name, roleArn, viaRoleArn, regions } = account;
    const details = { name, roleArn, ...(viaRoleArn === null ? {} : { viaRoleArn }), regions };
    await this.deps.audit.record(
      caller,
      { action: 'createAccount', target: accountId, accountIds: [accountId], details },
      sql,
    );
    return account;
  }

  async update(caller: Caller, input: UpdateAccountInput): Promise<Account> {
    const settings = parseAccountSettings('input', input, caller.accounts);
    // Without it, the account's own sources would be read as Crosstrail itself, which may reach more than the caller.
    if (settings.roleArn === null && caller.accounts.accountIds !== null) {
      throw badInput(
        'input.roleArn',
        'taking the role away takes a token for every account; name another role instead',
      );
    }
    return this.change(caller, 'updateAccount', input.accountId, withoutSecrets(settings), async (sql) => {
      const [known] = await store.findAccounts(sql, [input.accountId]);
      if (known !== undefined) requireNothingDisclosed('input', settings, known, caller.accounts);
      return store.updateAccount(sql, input.accountId, settings);
    });
  }

  async pause(caller: Caller, accountId: string): Promise<Account> {
    return this.change(caller, 'pauseAccount', accountId, {}, (sql) => store.setPaused(sql, accountId, true));
  }

  async resume(caller: Caller, accountId: string): Promise<Account> {
    return this.change(caller, 'resumeAccount', accountId, {}, (sql) => store.setPaused(sql, accountId, false));
  }

  /**
   * Ends collecting: the account, its own sources and its place in shared ones go; stored events stay.
   *
   * @returns the account as it was
   */
  async delete(caller: Caller, accountId: string): Promise<Account> {
    requireAccount(caller.accounts, accountId);
    return this.deps.database.transaction(async (sql) => {
      const account = await this.require(sql, accountId);
      await store.deleteAccount(sql, accountId);
      const entry = { action: 'deleteAccount', target: accountId, accountIds: [accountId] };
      await this.deps.audit.record(caller, entry, sql);
      return account;
    });
  }

  /**
   * Makes the accounts that somebody names in a source, and those that a source discovers. What somebody names comes
   * back even when it was deleted before; what is only discovered does not.
   *
   * @returns the accounts that are there now, of those asked for
   */
  async ensure(sql: Sql, accountIds: readonly string[], how: 'named' | 'discovered'): Promise<string[]> {
    if (accountIds.length === 0) return [];
    if (how === 'named') await store.forgetDeletion(sql, accountIds);
    const wanted = how === 'named' ? [...accountIds] : await store.withoutDeleted(sql, accountIds);
    await store.ensureAccounts(sql, wanted);
    return wanted;
  }

  /** The ids of the accounts that exist for the scope, in their order: of those given, or of all. */
  async existing(sql: Sql, scope: AccountScope, accountIds: readonly string[] | null): Promise<string[]> {
    return store.accountIds(sql, narrow(scope, accountIds));
  }

  /** What fails of the sources of these accounts, by account; for accounts that the caller was shown already. */
  async sourceFailures(accountIds: readonly string[]): Promise<Map<string, store.SourceFailure[]>> {
    const failures = await store.sourceFailures(this.deps.database, accountIds);
    const byAccount = new Map<string, store.SourceFailure[]>();
    for (const failure of failures) {
      const known = byAccount.get(failure.accountId);
      if (known === undefined) byAccount.set(failure.accountId, [failure]);
      else known.push(failure);
    }
    return byAccount;
  }

  private async change(
    caller: Caller,
    action: string,
    accountId: string,
    details: object,
    work: (sql: Sql) => Promise<boolean>,
  ): Promise<Account> {
    requireAccount(caller.accounts, accountId);
    const account = await this.deps.database.transaction(async (sql) => {
      if (!(await work(sql))) throw notFound(`account ${accountId}`);
      await this.deps.audit.record(caller, { action, target: accountId, accountIds: [accountId], details }, sql);
      return this.require(sql, accountId);
    });
    await this.onChange(accountId);
    return account;
  }

  private async require(sql: Sql, accountId: string): Promise<Account> {
    const [account] = await store.findAccounts(sql, [accountId]);
    if (account === undefined) throw notFound(`account ${accountId}`);
    return account;
  }
}

/** The same words for an account that exists and for one that does not. */
export function requireGrant(scope: AccountScope, accountId: string): void {
  if (covers(scope, accountId)) return;
  throw new CrosstrailError('FORBIDDEN', `this token is not granted account ${accountId}`);
}
