import type { CursorCodec } from '../lib/cursor.js';
import { isUuid } from '../lib/uuid.js';
import type { Database } from '../platform/database/database.js';
import { notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, type PageArgs, pageOf, pageSize } from '../platform/graphql/connection.js';
import type { AuditLog } from './audit.service.js';
import type { Caller } from './context.js';
import { operatorId } from './operator.js';
import { reachOf, withinReach } from './reach.js';
import { Token } from './token.entity.js';
import { insertToken, revokeToken } from './token.store.js';
import { grantWithin, type TokenGrant, type TokenRequest } from './token-grant.js';
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

/** Makes, lists and revokes tokens. A caller sees and makes only tokens within its own scopes and accounts. */
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

/** Who may read of it in the audit log: whoever may see the token. */
function reachOfToken(token: TokenReach): TokenReach {
  return { scopes: token.scopes, accountIds: token.accountIds };
}
