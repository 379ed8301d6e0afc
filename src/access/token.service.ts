import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database } from '../platform/database/database.js';
import { conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, type PageArgs, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { AuditLog } from './audit.service.js';
import type { Caller } from './context.js';
import { operatorId } from './operator.js';
import { reachOf, withinReach } from './reach.js';
import type { Scope } from './scope.enum.js';
import { coversAll } from './scope.js';
import { Token } from './token.entity.js';
import { insertToken, lockToken, revokeToken, updateToken } from './token.store.js';
import { changeWithin, grantWithin, type TokenChange, type TokenGrant, type TokenRequest } from './token-grant.js';
import { hashSecret, newSecret } from './token-secret.js';

const cursorKind = 'tokens';

export interface TokenServiceDeps {
  readonly database: Database;
  readonly cursors: CursorCodec;
  readonly audit: AuditLog;
  /** Tells every process, this one included, that tokens have changed. */
  readonly changed: () => Promise<void>;
  readonly now: () => number;
}

type TokenReach = Pick<TokenGrant, 'scopes' | 'accountIds'>;

/** Makes, lists, changes and revokes tokens. A caller sees and makes only tokens within its own scopes and accounts. */
export class TokenService {
  constructor(private readonly deps: TokenServiceDeps) {}

  /** Makes a token; its secret is returned here and never again. */
  async create(caller: Caller, request: TokenRequest): Promise<{ token: Token; secret: string }> {
    const grant = grantWithin(caller, request, this.deps.now());
    const secret = newSecret();
    const createdBy = caller.token.id === operatorId ? null : caller.token.id;
    const id = await this.deps.database.transaction(async (transaction) => {
      const made = await insertToken(transaction, { ...grant, hash: hashSecret(secret), origin: 'API', createdBy });
      await this.deps.audit.record(
        caller,
        { action: 'createToken', target: made, ...reachOfToken(grant), details: grant },
        transaction,
      );
      return made;
    });
    return { token: await this.get(caller, id), secret };
  }

  /**
   * Changes what a token is called and granted; within seconds in every process, for what is running under it too.
   *
   * @throws NOT_FOUND for a token that is not within the caller's reach, CONFLICT for one that was revoked, and what
   * `create` throws for a grant beyond the caller's own
   */
  async update(caller: Caller, id: string, change: TokenChange): Promise<Token> {
    await this.deps.database.transaction(async (transaction) => {
      const locked = isUuid(id) ? await lockToken(transaction, id) : undefined;
      // A scope that only a newer version knows is beyond every caller of this one.
      const token = locked && { ...locked, scopes: locked.scopes as Scope[] };
      if (token === undefined || !isWithin(caller, token)) throw notFound(`token ${id}`);
      if (token.revokedAt !== null) throw conflict(`token ${id} was revoked, and a revoked token stays so`);
      const grant = changeWithin(caller, token, change, this.deps.now());
      await updateToken(transaction, id, grant);
      // Whoever reads of it must reach what it was granted before as well.
      const reach = { scopes: [...new Set([...token.scopes, ...grant.scopes])], accountIds: union(token, grant) };
      await this.deps.audit.record(
        caller,
        { action: 'updateToken', target: id, ...reach, details: grant },
        transaction,
      );
    });
    await this.deps.changed();
    return this.get(caller, id);
  }

  /**
   * Revokes a token; within seconds in every process. Revoking it again changes nothing.
   *
   * @throws NOT_FOUND for a token that is not within the caller's reach
   */
  async revoke(caller: Caller, id: string): Promise<Token> {
    const token = await this.get(caller, id);
    if (token.revokedAt !== null) return token;
    const at = new Date(this.deps.now());
    await this.deps.database.transaction(async (transaction) => {
      await revokeToken(transaction, id, at);
      const details = { name: token.name };
      await this.deps.audit.record(
        caller,
        { action: 'revokeToken', target: token.id, ...reachOfToken(token), details },
        transaction,
      );
    });
    await this.deps.changed();
    return this.get(caller, id);
  }

  /** @throws NOT_FOUND for a token that is not within the caller's reach */
  async get(caller: Caller, id: string): Promise<Token> {
    const token = isUuid(id) ? await this.visible(caller).andWhere('token.id = :id', { id }).getOne() : null;
    if (token === null) throw notFound(`token ${id}`);
    return token;
  }

  /** The tokens within the caller's reach, newest first. */
  async list(caller: Caller, page: PageArgs): Promise<Connection<Token>> {
    const first = pageSize(page.first);
    const after = decodeCursor(this.deps.cursors, cursorKind, page.after);
    const rows = this.visible(caller)
      .orderBy({ 'token.created_at': 'DESC', 'token.id': 'DESC' })
      .limit(first + 1);
    if (after !== null) {
      const [at, id] = after;
      rows.andWhere('(token.created_at, token.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))', { at, id });
    }
    return pageOf({
      rows: await rows.getMany(),
      first,
      after: after !== null,
      cursorOf: (token) => this.deps.cursors.encode(cursorKind, [token.createdAt.toISOString(), token.id]),
      totalCount: () => this.visible(caller).getCount(),
    });
  }

  private visible(caller: Caller) {
    const tokens = this.deps.database.dataSource.getRepository(Token);
    return tokens.createQueryBuilder('token').where(withinReach('token'), reachOf(caller));
  }
}

/** The same as `withinReach` says in SQL. */
function isWithin(caller: Caller, { scopes, accountIds }: TokenReach): boolean {
  return scopes.every((scope) => caller.scopes.has(scope)) && coversAll(caller.accounts, accountIds);
}

function union(one: TokenReach, other: TokenReach): readonly string[] | null {
  if (one.accountIds === null || other.accountIds === null) return null;
  return [...new Set([...one.accountIds, ...other.accountIds])].sort();
}

/** Who may read of it in the audit log: whoever may see the token. */
function reachOfToken(token: TokenReach): TokenReach {
  return { scopes: token.scopes, accountIds: token.accountIds };
}
