import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { type DocumentNode, GraphQLError, type OperationDefinitionNode } from 'graphql';
import type { GraphQLContext, LiveRequest } from '../access/context.js';
import { badInput } from '../platform/errors.js';

/** A subscription that was parsed and validated, and is within its limits. */
export interface PreparedSubscription {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Of the requests that turned out to be subscriptions. Apollo hands its plugins a copy of the context, but not of this. */
const prepared = new WeakMap<LiveRequest, PreparedSubscription>();

export function preparedSubscription(live: LiveRequest): PreparedSubscription | undefined {
  return prepared.get(live);
}

/** Takes subscriptions out of Apollo's hands, which cannot run them, after all of its checks. */
export function subscriptionPlugin(): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue }) {
          const { live } = contextValue;
          if (operation?.operation === 'subscription' && live === undefined) {
            throw refusal(
              'a subscription: send it over WebSocket (graphql-transport-ws) at /graphql, or to /graphql/stream',
            );
          }
          if (operation?.operation === 'mutation' && live?.isSafe) throw refusal('a mutation: send it with POST');
        },
        async responseForOperation({ operation, document, request, contextValue }) {
          if (operation?.operation !== 'subscription' || contextValue.live === undefined) return null;
          prepared.set(contextValue.live, { document, operation, variables: declaredOf(operation, request.variables) });
          return {
            http: { status: undefined, headers: new HeaderMap() },
            body: { kind: 'single', singleResult: { data: null } },
          } as never;
        },
      };
    },
  };
}

/** The others would be kept for as long as the subscription runs. */
function declaredOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}

function refusal(what: string): GraphQLError {
  const error = badInput('query', `is ${what}`);
  const http = { status: 400, headers: new HeaderMap() };
  return new GraphQLError(error.message, { originalError: error, extensions: { http } });
}
