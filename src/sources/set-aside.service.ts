import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, type PageArgs, pageOf, pageSize } from '../platform/graphql/connection.js';
import * as store from './notification.store.js';
import type { NotificationsService } from './notifications.service.js';
import type { RetrySetAsideNotificationsPayload, SetAsideNotification } from './set-aside-notification.entity.js';
import type { SourceService } from './source.service.js';

export interface SetAsideDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly notifications: NotificationsService;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
}

const cursorKind = 'setAsideNotifications';
/** Of the messages of one page. A page ends there, since each may have 256 KB. */
const bytesPerPage = 1024 * 1024;
const messagesPerTransaction = 50;

/** The messages that were not understood. */
export class SetAsideService {
  constructor(private readonly deps: SetAsideDeps) {}

  /** Of a source that exists for the scope, and so one all of whose accounts it covers; else null. */
  async page(scope: AccountScope, sourceId: string, args: PageArgs): Promise<Connection<SetAsideNotification> | null> {
    const { database, cursors } = this.deps;
    const source = await this.deps.sources.find(scope, sourceId);
    if (source === null) return null;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const before = after === null ? null : String(after[0]);
    const page = { before, limit: first + 1, bytes: bytesPerPage };
    const rows = await store.listSetAside(database.reads, source.id, page);
    const isFull = rows.reduce((bytes, { body }) => bytes + Buffer.byteLength(body), 0) >= bytesPerPage;
    return pageOf({
      rows,
      // The message that reaches the bound is left to the next page, unless it is alone on this one.
      first: isFull ? Math.max(1, Math.min(first, rows.length - 1)) : first,
      after: after !== null,
      cursorOf: ({ id }) => cursors.encode(cursorKind, [id]),
      totalCount: () => store.countSetAside(database.reads, source.id),
    });
  }

  /** Reads all of a source's again, after an upgrade that may understand them. @throws NOT_FOUND out of reach */
  async retry(caller: Caller, sourceId: string): Promise<RetrySetAsideNotificationsPayload> {
    const { database, sources, notifications, audit } = this.deps;
    const source = await sources.find(caller.accounts, sourceId);
    if (source === null) throw notFound(`source ${sourceId}`);
    let understood = 0;
    for (let before: string | null = null; ; ) {
      const page = { before, limit: messagesPerTransaction, bytes: bytesPerPage };
      const rows = await store.listSetAside(database, source.id, page);
      const last = rows.at(-1);
      if (last === undefined) break;
      understood += await notifications.reread(source, rows);
      before = last.id;
    }
    const accountIds = source.discoverAccounts ? null : source.accountIds;
    const details = { understood };
    await audit.record(caller, { action: 'retrySetAsideNotifications', target: source.id, accountIds, details });
    const left = await store.countSetAside(database, source.id);
    return { source: (await sources.find(caller.accounts, source.id)) ?? source, understood, left };
  }
}
