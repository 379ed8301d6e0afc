import { CrosstrailError } from '../platform/errors.js';
import type { Scope } from './scope.enum.js';
import type { AccountScope } from './scope.js';

/** Whoever sent a request: a token that was checked. */
export interface Caller {
  readonly token: { readonly id: string; readonly name: string; readonly expiresAt: Date | null };
  readonly scopes: ReadonlySet<Scope>;
  readonly accounts: AccountScope;
}

/** What every resolver gets as its context; made anew for each request. */
export interface GraphQLContext {
  readonly caller: Caller;
  /** Data loaders of this request, each under a key of its owner's own. */
  readonly loaders: Map<object, unknown>;
  /**
   * Aborts when nobody waits for the answer any more: the client went away, or the time for the request is over. A
   * subscription ends with it.
   */
  readonly signal: AbortSignal;
  /** Of an operation over a transport that can carry a subscription. */
  readonly live?: LiveRequest;
}

export interface LiveRequest {
  /**
   * The cursor of the subscription's last message, where it begins anew because its token may see something else now. It
   * goes before the argument `after`.
   */
  readonly resumeAfter: string | null;
  /** It came with GET, which must not change anything. */
  readonly isSafe?: boolean;
}

/** Refuses a caller whose token lacks the scope: FORBIDDEN, naming it. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope)) return;
  throw new CrosstrailError('FORBIDDEN', `this token lacks the scope ${scope}`, { scope });
}

/** The loader of this request under `key`, made the first time it is asked for. */
export function loaderOf<T>(context: GraphQLContext, key: object, make: () => T): T {
  const known = context.loaders.get(key);
  if (known !== undefined) return known as T;
  const made = make();
  context.loaders.set(key, made);
  return made;
}
