import type { AuditLog } from '../access/audit.service.js';
import type { AccountService } from '../accounts/account.service.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { AwsSessions } from '../platform/aws/aws-sessions.js';
import type { Database } from '../platform/database/database.js';
import type { Logger } from '../platform/log.js';
import { AccountSourcesResolver } from './account-sources.resolver.js';
import { DirectoryDiscovery } from './directory-discovery.service.js';
import { LedgerService } from './ledger.service.js';
import { LogFileResolver } from './log-file.resolver.js';
import { LogFileService } from './log-file.service.js';
import { SourceObjectStores } from './object-stores/object-stores.js';
import { S3Discovery } from './s3-discovery.service.js';
import { SourceResolver } from './source.resolver.js';
import { SourceService } from './source.service.js';
import { SourceCheck } from './source-check.js';

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
  /** Files became due: wake ingest. */
  readonly onFilesDue: () => Promise<void>;
  /** A source, or an account of it, was made or changed: look through it at once. */
  readonly onSourceChange: (sourceId: string) => Promise<void>;
}

export function createSources(deps: SourcesDeps) {
  const { database, accounts, audit, cursors, aws, log, now, lookbackDays } = deps;
  const sources = new SourceService({ database, accounts, audit, cursors, aws, onChange: deps.onSourceChange });
  accounts.tell((accountId) => sources.accountChanged(accountId));
  const ledger = new LedgerService({ database, onDue: deps.onFilesDue });
  const stores = new SourceObjectStores(sources, aws);
  const logFiles = new LogFileService({ database, ledger, audit, cursors });
  const checks = new SourceCheck({ accounts, sources, stores, aws });
  return {
    sources,
    ledger,
    stores,
    logFiles,
    checks,
    directoryDiscovery: new DirectoryDiscovery({ sources, ledger, log, now }),
    s3Discovery: new S3Discovery({ database, sources, ledger, stores, log, lookbackDays }),
    resolvers: [
      new SourceResolver(sources, checks),
      new AccountSourcesResolver(sources),
      new LogFileResolver(logFiles, sources),
    ],
  };
}
