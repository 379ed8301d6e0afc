import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';

/** The schema as it is committed in `schema.graphql`: sorted, so that a change of order in the code is no change. */
export function printApiSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
