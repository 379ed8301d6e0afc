import type { CallerWatch } from '../../src/access/caller-watches.js';
import type { Caller } from '../../src/access/context.js';
import { everyScope, type Scope } from '../../src/access/scope.enum.js';
import { scopeOfGrant } from '../../src/access/scope.js';
import { graphiqlDirectory } from '../../src/api/graphiql.js';
import { type Api, type ApiOptions, createApi } from '../../src/api/server.js';
import { CrosstrailError } from '../../src/platform/errors.js';
import { createTelemetry } from '../../src/platform/telemetry.js';
import type { Collector } from './collector.js';
import { type LogLine, recordingLog } from './silent-log.js';
import { type TinyResolver, tinySchema } from './tiny-schema.js';

export const goodToken = 'ct_good-token';

const caller: Caller = {
  token: { id: '11111111-1111-4111-8111-111111111111', name: 'tester', expiresAt: null },
  scopes: new Set(everyScope),
  accounts: scopeOfGrant(null),
};

/** What the good token may do, which a test can change. */
export class TinyGrant {
  readonly #told = new Set<() => void>();
  #caller: Caller | null = caller;

  caller(): Caller {
    if (this.#caller === null) throw new CrosstrailError('UNAUTHENTICATED', 'a valid token is needed');
    return this.#caller;
  }

  watch(changed: () => void): CallerWatch {
    this.#told.add(changed);
    return { caller: () => this.caller(), unsure: () => undefined, stop: () => void this.#told.delete(changed) };
  }

  set(accountIds: readonly string[] | null, scopes: readonly Scope[] = everyScope): void {
    this.#caller = { ...caller, scopes: new Set(scopes), accounts: scopeOfGrant(accountIds) };
    for (const changed of [...this.#told]) changed();
  }

  end(): void {
    this.#caller = null;
    for (const changed of [...this.#told]) changed();
  }

  get watchers(): number {
    return this.#told.size;
  }
}

export interface TinyServer {
  readonly api: Api;
  readonly grant: TinyGrant;
  readonly resolver: TinyResolver;
  readonly lines: Collector<LogLine>;
  /** Sends an operation with the good token. */
  query(query: string, variables?: Record<string, unknown>, extra?: object): Promise<GraphQLAnswer>;
  post(body: string, headers?: Record<string, string>): Promise<Response>;
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    message: string;
    path?: (string | number)[];
    extensions: Record<string, unknown> & { code: string };
  }[];
}

/** The real server over a tiny schema, on a free port. */
export async function startTinyServer(options: Partial<ApiOptions> = {}): Promise<TinyServer> {
  const { resolver, schema } = tinySchema();
  const { log, lines } = recordingLog();
  const grant = new TinyGrant();
  const authenticate: ApiOptions['authenticate'] = async (authorization) => {
    if (authorization === `Bearer ${goodToken}`) return grant.caller();
    if (authorization === 'Bearer broken') throw new Error('connect ECONNREFUSED db.internal:5432');
    throw new CrosstrailError('UNAUTHENTICATED', 'a valid token is needed');
  };
  const api = await createApi({
    schema,
    authenticate,
    async watch(authorization, changed) {
      await authenticate(authorization);
      return grant.watch(changed);
    },
    health: {},
    telemetry: createTelemetry(),
    log,
    host: '127.0.0.1',
    port: 0,
    graphiqlDirectory: graphiqlDirectory(),
    ...options,
  });
  const post: TinyServer['post'] = (body, headers = {}) =>
    fetch(`${api.url}/graphql`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${goodToken}`, 'content-type': 'application/json', ...headers },
    });
  return {
    api,
    grant,
    resolver,
    lines,
    post,
    async query(query, variables = {}, extra = {}) {
      const response = await post(JSON.stringify({ query, variables, ...extra }));
      return { status: response.status, ...((await response.json()) as object) };
    },
  };
}
