import type { ApolloServer } from '@apollo/server';
import {
  createSourceEventStream,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { CallerWatch } from '../access/caller-watches.js';
import type { Caller, GraphQLContext } from '../access/context.js';
import type { LiveMessage } from '../platform/live/live-feed.js';
import type { ApiLimits } from './limits.js';
import type { LiveOperation } from './live-operation.js';
import type { LiveTelemetry } from './live-telemetry.js';
import { checkDocumentNesting } from './nesting-limit.js';
import { resultKey, SharedResults } from './shared-results.js';
import { type PreparedSubscription, preparedSubscription } from './subscription-plugin.js';
import { withinSeconds } from './within-seconds.js';

export interface OperationRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
  /** Whether mutations are refused. */
  readonly isSafe?: boolean;
}

/** What a transport lends to an operation. */
export interface OperationHost {
  readonly watch: CallerWatch;
  readonly operation: LiveOperation;
  /** While the client has not taken what was sent to it: nothing more is worked out for it before this resolves. */
  room(): Promise<void> | undefined;
}

export type StartedOperation =
  /** Nothing was run. */
  | { readonly refused: readonly GraphQLFormattedError[] }
  | { readonly result: FormattedExecutionResult }
  /** `formatError` is for what it throws. */
  | { readonly stream: AsyncGenerator<FormattedExecutionResult, void> };

export interface LiveOperationsDeps {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly schema: GraphQLSchema;
  readonly formatError: (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;
  readonly limits: ApiLimits;
  readonly telemetry: LiveTelemetry;
}

type Source = AsyncIterable<LiveMessage<unknown>>;

/** Results that are shared end with no one's connection. */
const never = new AbortController().signal;

/** Runs operations of any kind for transports that can carry subscriptions, within the limits of those over HTTP. */
export class LiveOperations {
  readonly #results = new SharedResults();

  constructor(private readonly deps: LiveOperationsDeps) {}

  /** Never rejects. */
  async start(request: OperationRequest, host: OperationHost): Promise<StartedOperation> {
    try {
      checkDocumentNesting(request, this.deps.limits.tokens);
      await host.watch.unsure();
      const caller = host.watch.caller();
      const live = { resumeAfter: null, isSafe: request.isSafe ?? false };
      const contextValue = { caller, loaders: new Map(), signal: host.operation.signal, live };
      const { query, variables, operationName } = request;
      const response = await withinSeconds(
        this.deps.limits.seconds,
        this.deps.apollo.executeOperation(
          { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) },
          { contextValue },
        ),
      );
      const subscription = preparedSubscription(live);
      if (subscription !== undefined) {
        const source = await this.#open(subscription, caller, host.operation);
        return { stream: this.#stream(subscription, source, caller, host) };
      }
      const result = response.body.kind === 'single' ? response.body.singleResult : response.body.initialResult;
      return result.data === undefined ? { refused: result.errors ?? [] } : { result };
    } catch (error) {
      return { refused: [this.formatError(error)] };
    }
  }

  /** An error as a client may see it. */
  formatError(thrown: unknown): GraphQLFormattedError {
    const error =
      thrown instanceof GraphQLError
        ? thrown
        : new GraphQLError(String(thrown), thrown instanceof Error ? { originalError: thrown } : {});
    return this.deps.formatError(error.toJSON(), error);
  }

  async #open(subscription: PreparedSubscription, caller: Caller, operation: LiveOperation): Promise<Source> {
    const { document, variables } = subscription;
    const live = { resumeAfter: operation.cursor };
    const contextValue: GraphQLContext = { caller, loaders: new Map(), signal: operation.signal, live };
    const source = await createSourceEventStream({
      schema: this.deps.schema,
      document,
      operationName: subscription.operation.name?.value,
      variableValues: variables,
      contextValue,
    });
    if (Symbol.asyncIterator in source) return source as Source;
    throw source.errors?.[0] ?? new Error('a subscription has neither a source nor an error');
  }

  #stream(
    subscription: PreparedSubscription,
    source: Source,
    caller: Caller,
    host: OperationHost,
  ): AsyncGenerator<FormattedExecutionResult, void> {
    const messages = this.#messages(subscription, source, caller, host);
    const giveUp = messages.return.bind(messages);
    // A generator that waits for its next message would only return after it.
    messages.return = (value) => {
      host.operation.end();
      return giveUp(value);
    };
    return messages;
  }

  /**
   * The results of a subscription. Between the last look at the caller and the message there is no gap in which the token
   * could change: a grant that changes meanwhile throws away what was worked out under the former one.
   */
  async *#messages(
    subscription: PreparedSubscription,
    firstSource: Source,
    firstCaller: Caller,
    { watch, operation, room }: OperationHost,
  ): AsyncGenerator<FormattedExecutionResult, void> {
    let [source, caller] = [firstSource, firstCaller];
    this.deps.telemetry.subscriptions.inc();
    try {
      for (;;) {
        const { signal } = operation;
        const key = resultKey(subscription, caller);
        for await (const message of source) {
          await room();
          const result = await this.#results.of(message, key, () => this.#execute(subscription, message, caller));
          await watch.unsure();
          if (operation.isEnded) return;
          if (watch.caller() !== caller) break;
          operation.cursor = message.cursor;
          this.deps.telemetry.messages.inc();
          yield result;
        }
        await watch.unsure();
        const now = watch.caller();
        if (operation.isEnded || (now === caller && !signal.aborted)) return;
        caller = now;
        source = await this.#open(subscription, caller, operation);
      }
    } finally {
      this.deps.telemetry.subscriptions.dec();
      operation.end();
    }
  }

  async #execute(
    { document, operation, variables }: PreparedSubscription,
    message: LiveMessage<unknown>,
    caller: Caller,
  ): Promise<FormattedExecutionResult> {
    const { errors, ...rest } = await execute({
      schema: this.deps.schema,
      document,
      operationName: operation.name?.value,
      variableValues: variables,
      rootValue: message,
      contextValue: { caller, loaders: new Map(), signal: never } satisfies GraphQLContext,
    });
    return errors ? { ...rest, errors: errors.map((error) => this.formatError(error)) } : rest;
  }
}
