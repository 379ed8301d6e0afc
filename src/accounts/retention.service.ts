import { dayMs, startOfDay } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { retentionDays } from './account.store.js';

/** From when on events are kept, at one moment. Whole days UTC: what happened within one goes together. */
export class KeptSince {
  readonly #byAccount: ReadonlyMap<string, number>;
  readonly #byDefault: number | null;
  readonly #today: number;

  /**
   * @param byDefault days that events are kept of accounts without a retention of their own, also of those that were
   * deleted; null for ever
   * @param now milliseconds UTC
   */
  constructor(byDefault: number | null, byAccount: ReadonlyMap<string, number>, now: number) {
    this.#byDefault = byDefault;
    this.#byAccount = byAccount;
    this.#today = startOfDay(now);
  }

  /** The start of the first day that is kept of an account, milliseconds UTC; null when all of it is. */
  of(accountId: string): number | null {
    return this.#start(this.#byAccount.get(accountId) ?? this.#byDefault);
  }

  /** From when on one of these accounts keeps events; null when one of them keeps all, or there is none. */
  earliestOf(accountIds: readonly string[]): number | null {
    const starts = accountIds.map((accountId) => this.of(accountId) ?? Number.NEGATIVE_INFINITY);
    const earliest = starts.reduce((least, next) => Math.min(least, next), Number.POSITIVE_INFINITY);
    return Number.isFinite(earliest) ? earliest : null;
  }

  /** The same for accounts without a retention of their own. */
  get byDefault(): number | null {
    return this.#start(this.#byDefault);
  }

  /** No account keeps less than from here on; null when every account keeps all. */
  get latest(): number | null {
    const days = [...this.#byAccount.values(), ...(this.#byDefault === null ? [] : [this.#byDefault])];
    // Not a spread: an organisation has thousands of accounts.
    return this.#start(days.length === 0 ? null : days.reduce((least, next) => Math.min(least, next)));
  }

  #start(days: number | null): number | null {
    return days === null ? null : this.#today - days * dayMs;
  }
}

/** How long the events of each account are kept. */
export interface Retention {
  /** @param sql the transaction of the caller: one that waited for a second connection could wait for ever */
  keptSince(sql?: Sql): Promise<KeptSince>;
}

export function createRetention(deps: { sql: Sql; days: number | null; now: () => number }): Retention {
  return { keptSince: async (sql = deps.sql) => new KeptSince(deps.days, await retentionDays(sql), deps.now()) };
}
