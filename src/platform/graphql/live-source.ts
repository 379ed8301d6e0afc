import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';

/** What type-graphql hands to `subscribe` of a subscription. */
export interface LiveArguments<Args, Context> {
  readonly args: Args;
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
}

const extension = 'resolvers';

/** Notes the resolvers of a schema on it. type-graphql finds the instance for queries itself, for `subscribe` it does not. */
export function noteResolvers(schema: GraphQLSchema, instances: ReadonlyMap<unknown, object>): void {
  schema.extensions = { ...schema.extensions, [extension]: instances };
}

/** The instance of a resolver that a schema was built with. */
export function resolverOf<Resolver extends object>(
  { schema }: GraphQLResolveInfo,
  resolver: new (...args: never[]) => Resolver,
): Resolver {
  const instances = schema.extensions[extension] as ReadonlyMap<unknown, object>;
  return instances.get(resolver) as Resolver;
}
