import type { Logger } from 'pino';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import { AccessResolver } from './access.resolver.js';
import { ensureAdminToken } from './admin-token.js';
import { AuditEntry } from './audit.entity.js';
import { type AuditLog, AuditService } from './audit.service.js';
import { Authenticator } from './authenticator.js';
import { type CallerWatch, CallerWatches } from './caller-watches.js';
import type { Caller } from './context.js';
import { Token } from './token.entity.js';
import { TokenService } from './token.service.js';

export const accessEntities = [Token, AuditEntry];

/** Published after tokens have changed in a way that makes cached ones wrong. */
const tokenChangedTopic = 'token.changed';

export interface AccessDeps {
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly cursors: CursorCodec;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface Access {
  /** The caller behind an `Authorization` value; throws UNAUTHENTICATED. */
  authenticate(authorization: string | undefined): Promise<Caller>;
  /** The same for what goes on for long; `changed` is called when its grant changes or ends. See `caller-watches.ts`. */
  watch(authorization: string | undefined, changed: () => void): Promise<CallerWatch>;
  /** See `admin-token.ts`. */
  ensureAdminToken(configured?: string): Promise<{ secret?: string }>;
  readonly tokens: TokenService;
  readonly audit: AuditLog;
  readonly resolvers: readonly object[];
  stop(): Promise<void>;
}

export async function createAccess(deps: AccessDeps): Promise<Access> {
  const { database, pubsub, cursors, log, now = Date.now } = deps;
  const authenticator = new Authenticator({ database, log, now });
  const watches = new CallerWatches({ database, authenticator, log, now });
  const forget = async (): Promise<void> => {
    authenticator.forget();
    await watches.refresh();
  };
  const unsubscribe = await pubsub.subscribe(tokenChangedTopic, () => void forget());
  const changed = async (): Promise<void> => {
    await forget();
    // Without the message other processes still notice within the cache's five seconds.
    await pubsub
      .publish(tokenChangedTopic)
      .catch((error: unknown) => log.warn({ err: error }, 'other processes not told that tokens have changed'));
  };
  const audit = new AuditService(database, cursors);
  const tokens = new TokenService({ database, cursors, audit, changed, now });
  return {
    authenticate: (authorization) => authenticator.authenticate(authorization),
    watch: (authorization, told) => watches.watch(authorization, told),
    ensureAdminToken: (configured) => ensureAdminToken({ database, log, changed, now }, configured),
    tokens,
    audit,
    resolvers: [new AccessResolver(tokens, audit)],
    async stop() {
      await unsubscribe();
      watches.stop();
      await authenticator.stop();
    },
  };
}
