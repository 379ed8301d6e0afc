import { type AccountScope, covers } from '../access/scope.js';
import { clip, type Span } from '../lib/spans.js';
import { dayMs } from '../lib/time.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { timeRange } from '../platform/graphql/time-range.js';
import type { Coverage } from './coverage.entity.js';
import * as store from './coverage.store.js';
import { type ChainKnowledge, timelineOf } from './coverage-timeline.js';

export interface CoverageRequest {
  readonly accountId: string;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
  readonly region?: string | null | undefined;
}

const defaultDays = 7;
const maxDays = 400;
const maxSpans = 10_000;

/** What is known of each span of an account's time. */
export class CoverageService {
  constructor(private readonly deps: { readonly database: Database; readonly now: () => Date }) {}

  /** By region and trail, in the order of time. */
  async spans(scope: AccountScope, request: CoverageRequest): Promise<Coverage[]> {
    const range = this.rangeOf(request);
    if (!covers(scope, request.accountId) || range.start >= range.end) return [];
    const sql = this.deps.database.reads;
    const [accountId, region] = [request.accountId, request.region ?? null];
    const dates = { from: new Date(range.start), to: new Date(range.end) };
    const chains = await store.findChains(sql, accountId, region, dates);
    const knowledge = await readKnowledge(sql, chains, range);
    const named = chains.flatMap((chain) =>
      timelineOf(knowledge(chain), range).map((span) => ({ region: chain.region, trail: chain.trail, ...span })),
    );
    const unnamed = await readUnnamed(sql, accountId, region, chains, range);
    return bounded([...named, ...unnamed])
      .sort(inOrder)
      .map(({ start, end, ...span }) => ({ ...span, start: new Date(start), end: new Date(end) }));
  }

  /** What is still to come is neither there nor missing: the range ends now at the latest. */
  private rangeOf({ from, to }: CoverageRequest): Span {
    const now = this.deps.now();
    const end = to ?? now;
    const start = from ?? new Date(end.getTime() - defaultDays * dayMs);
    timeRange('from', { from: start, to: end });
    const days = (end.getTime() - start.getTime()) / dayMs;
    if (days > maxDays) throw badInput('from', `lies ${Math.ceil(days)} days before \`to\`; ${maxDays} is the most`);
    return { start: start.getTime(), end: Math.min(end.getTime(), now.getTime()) };
  }
}

type Spanned = Omit<Coverage, 'start' | 'end'> & Span;

async function readKnowledge(
  sql: Sql,
  chains: readonly store.ChainRow[],
  { start, end }: Span,
): Promise<(chain: store.ChainRow) => ChainKnowledge> {
  const ids = chains.map(({ id }) => id);
  const dates = { from: new Date(start), to: new Date(end) };
  // The digest that speaks of the end of the range may be named after it.
  const marked = { from: dates.from, to: new Date(end + dayMs) };
  const runs = byChain(bounded(await store.readRuns(sql, ids, dates, maxSpans + 1)));
  const marks = byChain(bounded(await store.readMarks(sql, ids, marked, maxSpans + 1)));
  const refuted = byChain(bounded(await store.readRefuted(sql, ids, dates, maxSpans + 1)));
  return ({ id, firstMark, before, afterStart, afterBegins }) => ({
    runs: runs.get(id) ?? [],
    before,
    after: afterStart === null ? null : { start: afterStart, beginsChain: afterBegins ?? false },
    marks: marks.get(id) ?? [],
    firstMark,
    refuted: refuted.get(id) ?? [],
  });
}

/** Log files that were collected where no digest speaks of any: before validation was switched on, or without it. */
async function readUnnamed(
  sql: Sql,
  accountId: string,
  region: string | null,
  chains: readonly store.ChainRow[],
  range: Span,
): Promise<Spanned[]> {
  const until = new Map<string, number>();
  for (const chain of chains) {
    const first = Math.min(chain.firstStart ?? Infinity, chain.firstMark ?? Infinity);
    until.set(chain.region, Math.min(first, until.get(chain.region) ?? Infinity));
  }
  const known = [...until].flatMap(([name, time]) =>
    Number.isFinite(time) ? [{ region: name, until: new Date(time) }] : [],
  );
  const isSpokenFor = known.every((chain) => chain.until.getTime() <= range.start);
  if (isSpokenFor && !(await store.hasUnchainedRegions(sql, accountId, region))) return [];
  const dates = { from: new Date(range.start), to: new Date(range.end) };
  const rows = await store.readUnnamed(sql, accountId, region, dates, known);
  return rows.flatMap((row) => {
    const end = Math.min(range.end, until.get(row.region) ?? Infinity);
    const span = clip({ ...row, trail: null, state: 'UNVERIFIABLE' as const }, { start: range.start, end });
    return span === null ? [] : [span];
  });
}

function byChain<T extends { readonly chainId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.chainId);
    if (group === undefined) groups.set(row.chainId, [row]);
    else group.push(row);
  }
  return groups;
}

function bounded<T>(spans: T[]): T[] {
  if (spans.length <= maxSpans) return spans;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `there are more than ${maxSpans} spans: shorten the range, or give region`,
  );
}

function inOrder(a: Spanned, b: Spanned): number {
  return a.region.localeCompare(b.region) || (a.trail ?? '').localeCompare(b.trail ?? '') || a.start - b.start;
}
