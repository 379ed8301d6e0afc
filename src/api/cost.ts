import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { type ComplexityEstimator, fieldExtensionsEstimator, getComplexity } from 'graphql-query-complexity';
import { defaultPageSize } from '../platform/graphql/connection.js';
import { exceeded } from './limits.js';

/** Arguments that say how many items a field returns. */
const sizeArguments = ['first', 'last', 'top', 'count'];

/** What a list of objects is taken to hold where no argument bounds it (the sources of an account, say). */
const assumedListLength = 10;

/** Above this many nodes the library stops counting: fragments that spread fragments grow without end. */
const maxNodes = 20_000;

/**
 * Makes the function that says what an operation costs: one for each field of each item it may return. A field
 * that takes `first`, `last`, `top` or `count` returns that many items (100 where it is left out); another list of
 * objects counts as 10. A field may set a cost of its own (`@Field({ complexity })`).
 *
 * @returns the cost, or throws COST_EXCEEDED
 */
export function costOf(schema: GraphQLSchema, limit: number) {
  const estimators = [fieldExtensionsEstimator(), sizeEstimator(pagesOf(schema))];
  return (query: DocumentNode, operationName: string | undefined, variables: Record<string, unknown>): number => {
    const cost = getComplexity({
      schema,
      query,
      variables,
      estimators,
      maxQueryNodes: maxNodes,
      ...(operationName === undefined ? {} : { operationName }),
    });
    if (cost > limit) throw exceeded('the cost', cost, limit, 'ask for fewer fields or a smaller `first`');
    return cost;
  };
}

/** The types that are one page: what their lists hold was counted at the field with the size. */
function pagesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const pages = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const sized = field.args.some((arg) => sizeArguments.includes(arg.name));
      if (sized && !isListType(getNullableType(field.type))) pages.add(getNamedType(field.type).name);
    }
  }
  return pages;
}

function sizeEstimator(pages: ReadonlySet<string>): ComplexityEstimator {
  return ({ type, field, args, childComplexity }) => {
    // The schema describes itself out of memory.
    if (type.name.startsWith('__')) return 1 + childComplexity;
    return 1 + childComplexity * itemsOf(field, args, pages.has(type.name));
  };
}

function itemsOf(field: GraphQLField<unknown, unknown>, args: Record<string, unknown>, inPage: boolean): number {
  if (isLeafType(getNamedType(field.type))) return 1;
  const size = sizeArguments.map((name) => args[name]).find((value) => typeof value === 'number');
  // The resolver refuses what is out of bounds; a negative number must not make anything cheaper here.
  if (size !== undefined) return Math.max(1, size as number);
  if (field.args.some((arg) => sizeArguments.includes(arg.name))) return defaultPageSize;
  return isListType(getNullableType(field.type)) && !inPage ? assumedListLength : 1;
}
