import type { ASTVisitor, SelectionSetNode, ValidationContext, ValidationRule } from 'graphql';
import { GraphQLError, Kind } from 'graphql';
import { CrosstrailError } from '../platform/errors.js';

/** What one operation may ask for. */
export interface ApiLimits {
  /** Lexical tokens of the document. */
  readonly tokens: number;
  /** Levels of fields, fragments included. */
  readonly depth: number;
  /** Aliases in the document. */
  readonly aliases: number;
  /** See `cost.ts`. */
  readonly cost: number;
  /** Values in one list of an argument. */
  readonly listValues: number;
  /** From the first byte of a request to its answer. */
  readonly seconds: number;
}

export const defaultLimits: ApiLimits = {
  // A list of 1,000 values written into the query is 1,000 tokens.
  tokens: 5_000,
  // The introspection query of common tools is 14 deep; the deepest path of an event is 7.
  depth: 15,
  aliases: 100,
  // An operation of 1,000 events with 60 fields each costs 60,000.
  cost: 100_000,
  listValues: 1_000,
  seconds: 30,
};

/** One request, and one message of a WebSocket. */
export const maxBodyBytes = 1024 * 1024;

/** COST_EXCEEDED, with the figure and its limit. */
export function exceeded(what: string, value: number, limit: number, advice: string): CrosstrailError {
  return new CrosstrailError('COST_EXCEEDED', `${what} is ${value}; ${limit} is the most: ${advice}`, {
    [what === 'the cost' ? 'cost' : 'value']: value,
    limit,
  });
}

/** Validation rules: they run once for a document, however often it is sent. */
export function limitRules(limits: ApiLimits): ValidationRule[] {
  return [(context) => depthRule(context, limits.depth), (context) => aliasRule(context, limits.aliases)];
}

function report(context: ValidationContext, error: CrosstrailError): void {
  context.reportError(new GraphQLError(error.message, { originalError: error }));
}

function depthRule(context: ValidationContext, limit: number): ASTVisitor {
  // The depth of each fragment once: spreads that repeat must not cost time.
  const fragments = new Map<string, number>();

  function fragmentDepth(name: string): number {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    // A fragment that spreads itself is refused by GraphQL's own rules; here it only must not loop.
    fragments.set(name, 0);
    const fragment = context.getFragment(name);
    const depth = fragment ? depthOf(fragment.selectionSet) : 0;
    fragments.set(name, depth);
    return depth;
  }

  function depthOf(set: SelectionSetNode | undefined): number {
    const depths = (set?.selections ?? []).map((selection) => {
      if (selection.kind === Kind.FIELD) return 1 + depthOf(selection.selectionSet);
      if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet);
      return fragmentDepth(selection.name.value);
    });
    return Math.max(0, ...depths);
  }

  return {
    OperationDefinition(operation) {
      const depth = depthOf(operation.selectionSet);
      if (depth > limit) report(context, exceeded('the depth of the query', depth, limit, 'ask for fewer levels'));
    },
  };
}

function aliasRule(context: ValidationContext, limit: number): ASTVisitor {
  let aliases = 0;
  return {
    Field(field) {
      if (field.alias !== undefined) aliases += 1;
    },
    Document: {
      leave() {
        if (aliases > limit) {
          report(context, exceeded('the number of aliases', aliases, limit, 'send several requests'));
        }
      },
    },
  };
}
