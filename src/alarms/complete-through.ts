/** Up to when all of an account is expected to have come; null: not known. */
export interface AccountCompleteness {
  readonly account: string | null;
  readonly expectedThrough: Date | null;
}

/**
 * Up to when all log files of some accounts are expected to have come.
 *
 * @param accountIds null for every account
 * @returns milliseconds since 1970 UTC; null where it is not known of one of them
 */
export function completeThrough(
  accounts: readonly AccountCompleteness[],
  accountIds: readonly string[] | null,
): number | null {
  const known = new Map(
    accounts.flatMap(({ account, expectedThrough }) => (account ? [[account, expectedThrough]] : [])),
  );
  const wanted = accountIds ?? [...known.keys()];
  const times = wanted.map((accountId) => known.get(accountId)?.getTime() ?? Number.NEGATIVE_INFINITY);
  const earliest = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  return Number.isFinite(earliest) ? earliest : null;
}

/** The same for many alarms: each reach is reckoned once, since there may be thousands of alarms on a thousand accounts. */
export function completeThroughOfReach(
  accounts: readonly AccountCompleteness[],
): (reach: { readonly reachId: string | null; readonly accountIds: readonly string[] | null }) => number | null {
  const known = new Map<string | null, number | null>();
  return ({ reachId, accountIds }) => {
    const through = known.get(reachId);
    if (through !== undefined) return through;
    const reckoned = completeThrough(accounts, accountIds);
    known.set(reachId, reckoned);
    return reckoned;
  };
}
