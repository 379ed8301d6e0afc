import type { CursorCodec } from '../lib/cursor.js';
import type { Database, Sql } from '../platform/database/database.js';
import { type Connection, decodeCursor, type PageArgs, pageOf, pageSize } from '../platform/graphql/connection.js';
import { AuditEntry } from './audit.entity.js';
import type { Caller } from './context.js';
import { reachOf, withinReach } from './reach.js';
import type { Scope } from './scope.enum.js';
import { Token } from './token.entity.js';

export interface AuditRecord {
  /** The mutation's name. */
  readonly action: string;
  /** What was changed: an id or a name. */
  readonly target: string;
  /** The accounts the change reaches; null: every account. A reader must reach all of them. */
  readonly accountIds: readonly string[] | null;
  /** Scopes that the change concerns, such as those of a token; a reader must have them. */
  readonly scopes?: readonly Scope[];
  /** Anything JSON that helps to understand the change; never a secret. */
  readonly details?: object;
}

export interface AuditLog {
  /** Writes an entry. With `sql`, a transaction: the entry is there if, and only if, the change is. */
  record(caller: Caller, record: AuditRecord, sql?: Sql): Promise<void>;
}

const cursorKind = 'auditLog';

export class AuditService implements AuditLog {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  async record(caller: Caller, record: AuditRecord, sql: Sql = this.database): Promise<void> {
    await sql.query(
      `INSERT INTO audit_entry (token_id, token_name, action, target, account_ids, scopes, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        caller.token.id,
        caller.token.name,
        record.action,
        record.target,
        record.accountIds,
        record.scopes ?? [],
        JSON.stringify(record.details ?? {}),
      ],
    );
  }

  /** The entries within the caller's reach, newest first. */
  async list(caller: Caller, page: PageArgs): Promise<Connection<AuditEntry>> {
    const first = pageSize(page.first);
    const after = decodeCursor(this.cursors, cursorKind, page.after);
    const visible = this.database.dataSource
      .getRepository(AuditEntry)
      .createQueryBuilder('entry')
      .leftJoinAndMapOne('entry.token', Token, 'token', `token.id = entry.token_id AND ${withinReach('token')}`)
      .where(withinReach('entry'), reachOf(caller));
    const rows = visible
      .clone()
      .orderBy('entry.id', 'DESC')
      .limit(first + 1);
    if (after !== null) rows.andWhere('entry.id < :after', { after: after[0] });
    return pageOf({
      rows: await rows.getMany(),
      first,
      after: after !== null,
      cursorOf: (entry) => this.cursors.encode(cursorKind, [entry.id]),
      totalCount: () => visible.getCount(),
    });
  }
}
