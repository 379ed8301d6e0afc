import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, narrow } from '../access/scope.js';
import type { Account } from '../accounts/account.entity.js';
import type { AccountService } from '../accounts/account.service.js';
import { withoutSecrets } from '../accounts/aws-identity.inputs.js';
import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { AwsSessions } from '../platform/aws/aws-sessions.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { GrantedAccount } from './found-file.js';
import type { Source } from './source.entity.js';
import type { CreateAccountInput, SourceInput, SourcesArgs, UpdateSourceInput } from './source.inputs.js';
import * as store from './source.store.js';
import { parseAccounts, parseIdentityChange, parseSource, type SourceSettings } from './source-location.js';
import * as progress from './source-progress.store.js';

export interface SourceServiceDeps {
  readonly database: Database;
  readonly accounts: AccountService;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly aws: Pick<AwsSessions, 'endpointUrl' | 'regionFor'>;
  /** Called after a commit that made or changed a source, so that it is looked through at once. */
  readonly onChange: (sourceId: string) => Promise<void>;
}

const cursorKind = 'sources';
const maxSourcesOfAccount = 20;
const everything = { ids: null, accountIds: null, types: null };

export class SourceService {
  constructor(private readonly deps: SourceServiceDeps) {}

  /** Tells of every source that collects for an account. */
  async accountChanged(accountId: string): Promise<void> {
    for (const id of await store.sourcesOf(this.deps.database, accountId)) await this.deps.onChange(id);
  }

  /** Every source of the scope, for jobs. */
  async list(scope: AccountScope): Promise<Source[]> {
    return store.listSources(this.deps.database, { ...everything, scope }, { after: null, limit: null });
  }

  async find(scope: AccountScope, id: string): Promise<Source | null> {
    return this.findIn(this.deps.database, scope, id);
  }

  async findAll(scope: AccountScope, ids: readonly string[]): Promise<Source[]> {
    const query = { ...everything, scope, ids };
    return store.listSources(this.deps.database, query, { after: null, limit: null });
  }

  /** The other sources of the scope that the same queue tells of new files. */
  async toldBy(scope: AccountScope, { id, queueUrl, endpoint }: Source): Promise<Source[]> {
    if (queueUrl === null) return [];
    const query = { ...everything, scope, types: ['S3_NOTIFICATIONS'] as const, queueUrl };
    const sources = await store.listSources(this.deps.database, query, { after: null, limit: null });
    return sources.filter((source) => source.id !== id && source.endpoint === endpoint);
  }

  async page(scope: AccountScope, args: SourcesArgs): Promise<Connection<Source>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const accountIds = args.filter?.accountIds ?? null;
    const query = {
      scope,
      ids: args.filter?.ids?.filter(isUuid) ?? null,
      accountIds: accountIds === null ? null : narrow(scope, accountIds).accountIds,
      types: args.filter?.types ?? null,
    };
    const place = after === null ? null : ([String(after[0]), String(after[1])] as const);
    const page = { after: place, limit: first + 1 };
    return pageOf({
      rows: await store.listSources(database.reads, query, page),
      first,
      after: after !== null,
      cursorOf: (source) => cursors.encode(cursorKind, [source.createdAtText, source.id]),
      totalCount: () => store.countSources(database.reads, query),
    });
  }

  /** The sources that the scope may see, by each of these accounts. */
  async byAccount(scope: AccountScope, accountIds: readonly string[]): Promise<Map<string, Source[]>> {
    const query = { ...everything, scope, accountIds };
    const sources = await store.listSources(this.deps.database, query, { after: null, limit: null });
    return new Map(accountIds.map((id) => [id, sources.filter((source) => source.accountIds.includes(id))]));
  }

  async backlogs(sourceIds: readonly string[]): Promise<Map<string, progress.Backlog>> {
    const found = await progress.backlogs(this.deps.database.reads, sourceIds);
    return new Map(found.map((backlog) => [backlog.sourceId, backlog]));
  }

  async create(caller: Caller, input: SourceInput): Promise<Source> {
    const settings = await this.parse('input', input, caller, null);
    const source = await this.deps.database.transaction((sql) => this.insert(sql, caller, 'input', settings, null));
    await this.deps.onChange(source.id);
    return source;
  }

  /** An account together with its own sources: all of it or nothing. */
  async createAccount(caller: Caller, input: CreateAccountInput): Promise<Account> {
    const inputs = input.sources ?? [];
    if (inputs.length > maxSourcesOfAccount) {
      throw badInput('input.sources', `has ${inputs.length} sources; ${maxSourcesOfAccount} is the most`);
    }
    const { account, sources } = await this.deps.database.transaction(async (sql) => {
      const account = await this.deps.accounts.create(sql, caller, input.accountId, input);
      const sources: Source[] = [];
      for (const [index, sourceInput] of inputs.entries()) {
        const path = `input.sources[${index}]`;
        const settings = await this.parse(path, sourceInput, caller, account);
        sources.push(await this.insert(sql, caller, path, settings, account.accountId));
      }
      return { account, sources };
    });
    for (const source of sources) await this.deps.onChange(source.id);
    return account;
  }

  async update(caller: Caller, input: UpdateSourceInput): Promise<Source> {
    const source = await this.deps.database.transaction(async (sql) => {
      if (isUuid(input.id)) await store.lockSource(sql, input.id);
      const known = await this.requireIn(sql, caller.accounts, input.id);
      const identity = parseIdentityChange(input, known, caller.accounts);
      const grants = parseAccounts(
        'input',
        {
          accountIds: input.accountIds ?? known.accountIds,
          discoverAccounts: input.discoverAccounts ?? known.discoverAccounts,
        },
        { scope: caller.accounts, owner: null },
      );
      await store.updateSource(sql, known.id, { ...identity, discoverAccounts: grants.discoverAccounts });
      if (input.accountIds) {
        await this.deps.accounts.ensure(sql, grants.accountIds, 'named');
        await store.setAccounts(sql, known.id, grants.accountIds);
      }
      const details = { ...withoutSecrets(identity), ...grants };
      await this.audit(sql, caller, 'updateSource', known, details);
      return this.requireIn(sql, caller.accounts, known.id);
    });
    await this.deps.onChange(source.id);
    return source;
  }

  /** @returns the source as it was */
  async delete(caller: Caller, id: string): Promise<Source> {
    return this.deps.database.transaction(async (sql) => {
      const source = await this.requireIn(sql, caller.accounts, id);
      await store.deleteSource(sql, source.id);
      await this.audit(sql, caller, 'deleteSource', source, { location: source.location });
      return source;
    });
  }

  /** Adds the accounts that turned up in a source that discovers them; returns those it speaks for now, of these. */
  async discovered(source: Source, accountIds: readonly string[]): Promise<GrantedAccount[]> {
    const news = accountIds.filter((id) => !source.accountIds.includes(id));
    if (!source.discoverAccounts || news.length === 0) return [];
    return this.deps.database.transaction(async (sql) => {
      const there = await this.deps.accounts.ensure(sql, news, 'discovered');
      return store.grantAccounts(sql, source.id, there, true);
    });
  }

  async recordDiscovery(sourceId: string, discovery: progress.Discovery): Promise<void> {
    await progress.recordDiscovery(this.deps.database, sourceId, discovery);
  }

  /** @param at the start of a look through a directory that came to its end and took in these accounts */
  async recordLook(sourceId: string, accountIds: readonly string[], at: Date): Promise<void> {
    await progress.recordLook(this.deps.database, sourceId, accountIds, at);
  }

  /** @param error why its digests cannot be verified; null where they can */
  async recordDigestError(sourceId: string, error: string | null): Promise<void> {
    await progress.recordDigestError(this.deps.database, sourceId, error);
  }

  private async parse(
    path: string,
    input: SourceInput,
    caller: Caller,
    owner: Account | null,
  ): Promise<SourceSettings> {
    const { endpointUrl, regionFor } = this.deps.aws;
    const defaultRegion = regionFor({ roleArn: null, externalId: null });
    return parseSource(path, input, { scope: caller.accounts, owner, endpointUrl, defaultRegion });
  }

  private async insert(
    sql: Sql,
    caller: Caller,
    path: string,
    settings: SourceSettings,
    ownerAccountId: string | null,
  ): Promise<Source> {
    // Only those in reach count: whether somebody else reads a bucket is not for this caller to learn. Two sources over
    // one place share its ledger, so nothing is read twice.
    for (const twin of await store.sourcesAt(sql, settings, ownerAccountId)) {
      if ((await this.findIn(sql, caller.accounts, twin)) === null) continue;
      throw conflict(`${path}: there is a source of this type at this place already`);
    }
    const id = await store.insertSource(sql, settings, ownerAccountId);
    await this.deps.accounts.ensure(sql, settings.accountIds, 'named');
    await store.setAccounts(sql, id, settings.accountIds);
    const source = await this.requireIn(sql, caller.accounts, id);
    const { location, roleArn, viaRoleArn, accountIds, discoverAccounts, type } = source;
    const details = { type, location, roleArn, accountIds, discoverAccounts };
    const via = viaRoleArn === null ? {} : { viaRoleArn };
    await this.audit(sql, caller, 'createSource', source, { ...details, ...via });
    return source;
  }

  private async audit(sql: Sql, caller: Caller, action: string, source: Source, details: object): Promise<void> {
    const accountIds = source.discoverAccounts ? null : source.accountIds;
    await this.deps.audit.record(caller, { action, target: source.id, accountIds, details }, sql);
  }

  private async findIn(sql: Sql, scope: AccountScope, id: string): Promise<Source | null> {
    if (!isUuid(id)) return null;
    const [source] = await store.listSources(sql, { ...everything, scope, ids: [id] }, { after: null, limit: 1 });
    return source ?? null;
  }

  private async requireIn(sql: Sql, scope: AccountScope, id: string): Promise<Source> {
    const source = await this.findIn(sql, scope, id);
    if (source === null) throw notFound(`source ${id}`);
    return source;
  }
}
