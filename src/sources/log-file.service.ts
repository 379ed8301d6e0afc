import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import { type AccountScope, narrow } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database, Sql } from '../platform/database/database.js';
import { notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import { timeRange } from '../platform/graphql/time-range.js';
import type { Ledger } from './ledger.port.js';
import { isFileId } from './ledger.service.js';
import type { LogFile } from './log-file.entity.js';
import type { LogFileFilter, LogFilesArgs } from './log-file.inputs.js';
import { countLogFiles, findLogFiles, type LogFileQuery, listLogFiles } from './log-file.store.js';

export interface LogFileServiceDeps {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
}

const cursorKind = 'logFiles';

export class LogFileService {
  constructor(private readonly deps: LogFileServiceDeps) {}

  async find(scope: AccountScope, id: string): Promise<LogFile | null> {
    const [file] = await this.findAll(scope, [id]);
    return file ?? null;
  }

  /** Those of the files that exist for the scope, in any order. */
  async findAll(scope: AccountScope, ids: readonly string[]): Promise<LogFile[]> {
    return findLogFiles(this.deps.database, scope, ids.filter(isFileId));
  }

  async list(scope: AccountScope, args: LogFilesArgs): Promise<Connection<LogFile>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const query = queryOf(scope, args.filter ?? {});
    return pageOf({
      rows: await listLogFiles(
        database.reads,
        query,
        after === null ? null : [String(after[0]), String(after[1])],
        first + 1,
      ),
      first,
      after: after !== null,
      cursorOf: (file) => cursors.encode(cursorKind, [file.deliveredAt.toISOString(), file.id]),
      totalCount: () => countLogFiles(database.reads, query),
    });
  }

  async retry(caller: Caller, id: string): Promise<LogFile> {
    const record = (sql: Sql, accountId: string) =>
      this.deps.audit.record(caller, { action: 'retryLogFile', target: id, accountIds: [accountId] }, sql);
    await this.deps.ledger.retry(caller.accounts, id, record);
    const file = await this.find(caller.accounts, id);
    if (file === null) throw notFound(`log file ${id}`);
    return file;
  }
}

function queryOf(scope: AccountScope, filter: LogFileFilter): LogFileQuery {
  return {
    scope: narrow(scope, filter.accountIds),
    regions: filter.regions ?? null,
    states: filter.states ?? null,
    integrities: filter.integrities ?? null,
    // What is no UUID is no source's id, and finds nothing.
    sourceIds: filter.sourceIds?.filter(isUuid) ?? null,
    deliveredAt: timeRange('filter.deliveredAt', filter.deliveredAt),
  };
}
