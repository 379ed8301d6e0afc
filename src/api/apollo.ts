import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { GraphQLContext } from '../access/context.js';
import { CrosstrailError } from '../platform/errors.js';
import { createErrorFormatter } from './client-error.js';
import { costOf } from './cost.js';
import { type ApiLimits, limitRules } from './limits.js';
import { checkVariableLists, listRule } from './list-limit.js';
import { subscriptionPlugin } from './subscription-plugin.js';
import { subscriptionRule } from './subscription-rule.js';
import { checkVariableTexts, textRule } from './text-limit.js';

/**
 * The GraphQL executor: parses, validates, holds an operation against the limits and runs it.
 *
 * Another way to run an operation (compiled, say) goes in as one more plugin with `responseForOperation`, after
 * `limitsPlugin`: by then the operation is validated and within its limits, and its errors pass the same formatter.
 */
export function createApollo(options: { schema: GraphQLSchema; log: Logger; limits: ApiLimits }) {
  const { schema, log, limits } = options;
  return new ApolloServer<GraphQLContext>({
    schema,
    // The schema is the public contract: anyone with a token may read it.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError: createErrorFormatter(log),
    logger: log,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [
      ...limitRules(limits),
      (context) => listRule(context, limits.listValues),
      textRule,
      subscriptionRule,
    ],
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    // What depends on it is set here one by one, so that NODE_ENV changes nothing.
    nodeEnv: 'production',
    plugins: [
      limitsPlugin(schema, limits),
      subscriptionPlugin(),
      // Without these, variables of Apollo's own in the environment would make it call other hosts.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
}

/** Limits that depend on the variables, and so are checked for each request. */
function limitsPlugin(schema: GraphQLSchema, limits: ApiLimits): ApolloServerPlugin<GraphQLContext> {
  const cost = costOf(schema, limits.cost);
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request }) {
          if (operation === undefined) return;
          const variables = request.variables ?? {};
          try {
            checkVariableTexts(variables);
            checkVariableLists(schema, operation, variables, limits.listValues);
            cost(document, operation.name?.value, variables);
          } catch (error) {
            throw refusal(error);
          }
        },
      };
    },
  };
}

/** An error that ends a request before anything was run: 400, as for a document that does not parse. */
function refusal(error: unknown): unknown {
  const http = { status: 400, headers: new HeaderMap() };
  if (error instanceof CrosstrailError) {
    return new GraphQLError(error.message, { originalError: error, extensions: { http } });
  }
  if (error instanceof GraphQLError) {
    // Variables that do not fit their types.
    return new GraphQLError(error.message, {
      nodes: error.nodes ?? null,
      originalError: error,
      extensions: { code: 'BAD_USER_INPUT', http },
    });
  }
  return error;
}
