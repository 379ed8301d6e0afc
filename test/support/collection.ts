import type { Caller } from '../../src/access/context.js';
import { everyScope } from '../../src/access/scope.enum.js';
import { scopeOfGrant } from '../../src/access/scope.js';
import { createAccounts } from '../../src/accounts/index.js';
import { createRetention } from '../../src/accounts/retention.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { type AwsSessionsOptions, createAwsSessions } from '../../src/platform/aws/aws-sessions.js';
import { createSources } from '../../src/sources/index.js';
import { silentLog } from './silent-log.js';
import { createTestDatabase } from './test-database.js';

export const A = '111111111111';
export const B = '222222222222';
export const C = '333333333333';

/** A caller with every scope, for these accounts; null for all. */
export function callerOf(accountIds: readonly string[] | null): Caller {
  const token = { id: '00000000-0000-4000-8000-000000000000', name: 'test', expiresAt: null };
  return { token, scopes: new Set(everyScope), accounts: scopeOfGrant(accountIds) };
}

export const admin = callerOf(null);

/** The rooms of accounts and sources on a database of the test's own. Counts what they wake. */
export async function startCollection(
  options: { aws?: AwsSessionsOptions; lookbackDays?: number; now?: () => Date } = {},
) {
  const test = await createTestDatabase({ poolSize: 8 });
  const { database } = test;
  const woken = { ingest: 0, digests: 0, backfills: 0, sources: [] as string[] };
  const audited: { action: string; target: string; accountIds: readonly string[] | null }[] = [];
  const audit = { record: async (_: Caller, entry: (typeof audited)[number]) => void audited.push(entry) };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const aws = createAwsSessions(options.aws ?? {});
  const { accounts } = createAccounts({ database, audit, cursors });
  const now = options.now ?? (() => new Date());
  const rooms = createSources({
    database,
    accounts,
    audit,
    cursors,
    aws,
    log: silentLog,
    now,
    // Of an account that says so; everything of the others.
    retention: createRetention({ sql: database, days: null, now: () => now().getTime() }),
    lookbackDays: options.lookbackDays ?? 2,
    onFilesDue: async () => {
      woken.ingest += 1;
    },
    onDigestsDue: async () => {
      woken.digests += 1;
    },
    onBackfillsDue: async () => {
      woken.backfills += 1;
    },
    onSourceChange: async (id) => void woken.sources.push(id),
  });
  const stop = async () => {
    aws.stop();
    await test.drop();
  };
  return { ...rooms, accounts, database, aws, woken, audited, stop };
}

export type Collection = Awaited<ReturnType<typeof startCollection>>;

/** The key of a log file as CloudTrail names it. */
export function logKey(accountId: string, time: Date, suffix: string, region = 'eu-west-1', prefix = ''): string {
  const stamp = time.toISOString();
  const day = stamp.slice(0, 10).replaceAll('-', '/');
  const compact = `${stamp.slice(0, 16).replace(/[-:]/g, '')}Z`;
  const name = `${accountId}_CloudTrail_${region}_${compact}_${suffix.padEnd(16, 'x')}.json.gz`;
  return `${prefix}AWSLogs/${accountId}/CloudTrail/${region}/${day}/${name}`;
}

/** The key of a digest file as CloudTrail names it, for a trail that was made in eu-west-1, of that region. */
export function digestKey(accountId: string, time: Date, trail = 'trail', root = 'AWSLogs/'): string {
  const stamp = time.toISOString();
  const day = stamp.slice(0, 10).replaceAll('-', '/');
  const compact = `${stamp.slice(0, 19).replace(/[-:]/g, '')}Z`;
  const name = `${accountId}_CloudTrail-Digest_eu-west-1_${trail}_eu-west-1_${compact}.json.gz`;
  return `${root}${accountId}/CloudTrail-Digest/eu-west-1/${day}/${name}`;
}
