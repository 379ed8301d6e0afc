import { type AccountScope, narrow } from '../access/scope.js';
import type { Retention } from '../accounts/retention.service.js';
import { startOfDay } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { type Completeness, unknownCompleteness } from './completeness.entity.js';
import { type CompletenessRow, readCompleteness } from './completeness.store.js';
import type { CompletenessKey } from './completeness-terms.js';
import { type AccountBacklog, accountBacklogs } from './source-progress.store.js';

/** What an answer was made of. */
export interface CompletenessRequest {
  /** Null or left out for every account within the scope. */
  readonly accountIds?: readonly string[] | null | undefined;
  /** Null or left out for every region that is collected. */
  readonly regions?: readonly string[] | null | undefined;
  /** The start of the time that the answer is about; null or left out for all time. */
  readonly from?: Date | null | undefined;
}

/** The answers for each account, region or both. */
export interface CompletenessByKey {
  get(key: { readonly account?: string | null; readonly region?: string | null }): Completeness;
}

export interface CompletenessDeps {
  readonly database: Database;
  /** Left out, everything is kept. */
  readonly retention?: Retention | undefined;
  readonly now: () => Date;
}

/** How complete what is stored is. */
export class CompletenessService {
  constructor(private readonly deps: CompletenessDeps) {}

  /** For all accounts and regions of the request together. */
  async over(scope: AccountScope, request: CompletenessRequest): Promise<Completeness> {
    const [row] = await this.read(scope, request, []);
    return row === undefined ? unknownCompleteness : completenessOf(row);
  }

  async by(
    scope: AccountScope,
    request: CompletenessRequest,
    groupBy: readonly CompletenessKey[],
  ): Promise<CompletenessByKey> {
    const rows = await this.read(scope, request, groupBy);
    const byKey = new Map(rows.map((row) => [JSON.stringify([row.account, row.region]), completenessOf(row)]));
    return {
      get: ({ account = null, region = null }) => byKey.get(JSON.stringify([account, region])) ?? unknownCompleteness,
    };
  }

  /** For each account of the scope by itself. */
  eachAccount(scope: AccountScope): Promise<CompletenessRow[]> {
    return this.read(scope, {}, ['account']);
  }

  /** What waits and what failed of each account that has any. */
  backlogs(): Promise<AccountBacklog[]> {
    return accountBacklogs(this.deps.database.reads);
  }

  private async read(
    scope: AccountScope,
    { accountIds, regions = null, from = null }: CompletenessRequest,
    groupBy: readonly CompletenessKey[],
  ): Promise<CompletenessRow[]> {
    const named = accountIds !== null && accountIds !== undefined;
    const within = narrow(scope, accountIds);
    const since = (await this.deps.retention?.keptSince())?.byDefault ?? null;
    return readCompleteness(this.deps.database.reads, {
      accountIds: within.accountIds,
      named,
      regions,
      from,
      keptSince: since === null ? null : new Date(since),
      today: new Date(startOfDay(this.deps.now().getTime())),
      groupBy,
    });
  }
}

function completenessOf({ provenFrom, provenThrough, expectedThrough }: CompletenessRow): Completeness {
  return { provenFrom, provenThrough, expectedThrough };
}
