import type { AuditLog } from '../access/audit.service.js';
import type { AccountService } from '../accounts/account.service.js';
import type { Retention } from '../accounts/retention.service.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { AwsSessions } from '../platform/aws/aws-sessions.js';
import type { Database } from '../platform/database/database.js';
import type { Logger } from '../platform/log.js';
import { AccountCoverageResolver } from './account-coverage.resolver.js';
import { AccountSourcesResolver } from './account-sources.resolver.js';
import { BackfillResolver } from './backfill.resolver.js';
import { BackfillService } from './backfill.service.js';
import { BackfillWork } from './backfill-work.service.js';
import { CompletenessService } from './completeness.service.js';
import { CoverageService } from './coverage.service.js';
import { DigestResolver } from './digest.resolver.js';
import { DigestKeys } from './digest-keys.service.js';
import { DigestLedgerService } from './digest-ledger.service.js';
import { DigestVerifier } from './digest-verifier.service.js';
import { DirectoryDiscovery } from './directory-discovery.service.js';
import { LedgerService } from './ledger.service.js';
import { LogFileResolver } from './log-file.resolver.js';
import { LogFileService } from './log-file.service.js';
import { LogValidation } from './log-validation.service.js';
import { NotificationResolver } from './notification.resolver.js';
import { SqsQueues } from './notification-queues/sqs.js';
import { NotificationsService } from './notifications.service.js';
import { SourceObjectStores } from './object-stores/object-stores.js';
import { ProvenSpans } from './proven-spans.service.js';
import { S3Discovery } from './s3-discovery.service.js';
import { SetAsideService } from './set-aside.service.js';
import { SourceResolver } from './source.resolver.js';
import { SourceService } from './source.service.js';
import { SourceCheck } from './source-check.js';
import { SourceHealth } from './source-health.service.js';

export interface SourcesDeps {
  readonly database: Database;
  readonly accounts: AccountService;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  readonly aws: AwsSessions;
  readonly log: Logger;
  readonly now: () => Date;
  /** How many days a new S3 source reaches back. */
  readonly lookbackDays: number;
  /** Files older than it keeps are not collected; all are where absent. */
  readonly retention?: Retention;
  /** Files became due: wake ingest. */
  readonly onFilesDue: () => Promise<void>;
  /** Digests became due: wake their verification. */
  readonly onDigestsDue: () => Promise<void>;
  /** A backfill was started or resumed: wake what lists its folders. */
  readonly onBackfillsDue: () => Promise<void>;
  /** A source, or an account of it, was made or changed: look through it at once. */
  readonly onSourceChange: (sourceId: string) => Promise<void>;
}

export function createSources(deps: SourcesDeps) {
  const { database, accounts, audit, cursors, aws, log, now, lookbackDays, retention } = deps;
  const sources = new SourceService({ database, accounts, audit, cursors, aws, onChange: deps.onSourceChange });
  accounts.tell((accountId) => sources.accountChanged(accountId));
  const ledger = new LedgerService({ database, onDue: deps.onFilesDue, retention });
  const digests = new DigestLedgerService({ database, onDue: deps.onDigestsDue, retention });
  const stores = new SourceObjectStores(sources, aws);
  const { onFilesDue } = deps;
  const keys = new DigestKeys({ database, aws, now });
  const notifications = new NotificationsService({ database, sources, ledger, digests, stores, log, onFilesDue });
  const setAside = new SetAsideService({ database, sources, notifications, audit, cursors });
  const logFiles = new LogFileService({ database, ledger, audit, cursors });
  const checks = new SourceCheck({ accounts, sources, stores, aws });
  const completeness = new CompletenessService({ database, retention, now });
  const directoryDiscovery = new DirectoryDiscovery({ sources, ledger, digests, log, now });
  const s3Discovery = new S3Discovery({ ...deps, sources, ledger, digests, stores });
  const backfills = new BackfillService({ ...deps, onChange: deps.onBackfillsDue });
  return {
    sources,
    ledger,
    health: new SourceHealth(() => now().getTime()),
    completeness,
    validation: new LogValidation({ database, sources, stores, keys }),
    digests,
    digestVerifier: new DigestVerifier({ database, sources, stores, keys, log, now, retention, onFilesDue }),
    provenSpans: new ProvenSpans(database),
    stores,
    notifications,
    queues: new SqsQueues(aws),
    setAside,
    logFiles,
    checks,
    directoryDiscovery,
    s3Discovery,
    backfills,
    backfillWork: new BackfillWork({ database, sources, s3Discovery, directoryDiscovery, log, now, lookbackDays }),
    resolvers: [
      new SourceResolver(sources, checks),
      new NotificationResolver(setAside),
      new AccountSourcesResolver(sources),
      new AccountCoverageResolver(completeness, new CoverageService({ database, now })),
      new LogFileResolver(logFiles, sources),
      new DigestResolver(database, cursors),
      new BackfillResolver(backfills, now),
    ],
  };
}
