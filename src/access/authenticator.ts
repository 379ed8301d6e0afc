import type { Logger } from 'pino';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import type { Caller } from './context.js';
import { Scope } from './scope.enum.js';
import { scopeOfGrant } from './scope.js';
import { findByHash, type TokenRow, touchToken } from './token.store.js';
import { bearerSecret, hashSecret } from './token-secret.js';

/** How long a token is believed without another look. Revocation does not wait for it: it empties the cache. */
const cacheMs = 5_000;
const maxCached = 10_000;
const touchMs = 60_000;

export interface KnownToken {
  readonly caller: Caller;
  /** Milliseconds since the epoch; infinity for never. */
  readonly expiresAt: number;
}

interface Lookup {
  readonly token: Promise<KnownToken | null>;
  readonly until: number;
}

/** Turns the `Authorization` value of a request into its caller. */
export class Authenticator {
  private readonly lookups = new Map<string, Lookup>();
  private readonly touched = new Map<string, number>();
  private readonly touching = new Set<Promise<void>>();

  /** @param deps.database the primary: a replica may not know yet that a token was revoked */
  constructor(private readonly deps: { database: Sql; log: Logger; now: () => number }) {}

  /**
   * @param authorization `Bearer <token>`
   * @throws UNAUTHENTICATED, in the same words for a token that is missing, unknown, expired or revoked
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const secret = bearerSecret(authorization);
    const token = secret === null ? null : await this.lookup(hashSecret(secret));
    const now = this.deps.now();
    if (token === null || token.expiresAt <= now) throw unauthenticated();
    this.touch(token.caller.token.id, now);
    return token.caller;
  }

  /** Forgets every token: the next request of each is checked against the database. */
  forget(): void {
    this.lookups.clear();
  }

  /** Waits until every use is noted. */
  async stop(): Promise<void> {
    await Promise.all(this.touching);
  }

  private async lookup(hash: Buffer): Promise<KnownToken | null> {
    const key = hash.toString('base64');
    const now = this.deps.now();
    let lookup = this.lookups.get(key);
    if (lookup === undefined || lookup.until <= now) {
      // The promise itself is kept, so that many requests at once ask once, and `forget` also reaches
      // an answer that is still on its way.
      const token = findByHash(this.deps.database, hash).then((row) => (row === undefined ? null : knownToken(row)));
      lookup = { token, until: now + cacheMs };
      this.lookups.delete(key);
      this.lookups.set(key, lookup);
      const oldest = this.lookups.keys().next();
      if (this.lookups.size > maxCached && !oldest.done) this.lookups.delete(oldest.value);
    }
    try {
      const token = await lookup.token;
      if (token === null) this.drop(key, lookup);
      return token;
    } catch (error) {
      this.drop(key, lookup);
      throw error;
    }
  }

  private drop(key: string, lookup: Lookup): void {
    if (this.lookups.get(key) === lookup) this.lookups.delete(key);
  }

  /** Notes the use, beside the request and not in its way. */
  private touch(id: string, now: number): void {
    if (now - (this.touched.get(id) ?? Number.NEGATIVE_INFINITY) < touchMs) return;
    if (this.touched.size >= maxCached) this.touched.clear();
    this.touched.set(id, now);
    const touching = touchToken(this.deps.database, id, new Date(now))
      .catch((error: unknown) => this.deps.log.warn({ err: error, tokenId: id }, 'last use of a token not noted'))
      .finally(() => this.touching.delete(touching));
    this.touching.add(touching);
  }
}

/** A token as it stands in the database, as what requests are checked against. */
export function knownToken(row: TokenRow): KnownToken {
  return {
    caller: {
      token: { id: row.id, name: row.name, expiresAt: row.expiresAt },
      // A scope that this version does not know, left by a newer one, grants nothing.
      scopes: new Set(row.scopes.filter((scope): scope is Scope => Object.hasOwn(Scope, scope))),
      accounts: scopeOfGrant(row.accountIds),
    },
    expiresAt: row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/** The same words whether a token is missing, unknown, expired or revoked. */
export function unauthenticated(): CrosstrailError {
  return new CrosstrailError(
    'UNAUTHENTICATED',
    'a valid token is needed: send the header "Authorization: Bearer <token>"',
  );
}
