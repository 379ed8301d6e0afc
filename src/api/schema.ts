import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { type BuildSchemaOptions, buildSchemaSync } from 'type-graphql';
import { noteResolvers } from '../platform/graphql/live-source.js';

/**
 * Assembles the schema from the rooms' resolvers.
 *
 * @param options.resolvers instances, at most one of each class
 */
export function buildApiSchema(options: { resolvers: readonly object[] }): GraphQLSchema {
  const instances = new Map<unknown, object>(options.resolvers.map((resolver) => [resolver.constructor, resolver]));
  const classes = options.resolvers.map((resolver) => resolver.constructor);
  const schema = buildSchemaSync({
    resolvers: classes as unknown as BuildSchemaOptions['resolvers'],
    container: {
      get(resolverClass) {
        const instance = instances.get(resolverClass);
        if (instance === undefined) throw new Error(`no instance of ${resolverClass.name} was given to buildApiSchema`);
        return instance;
      },
    },
    // The rooms check their inputs themselves and name the argument that is wrong.
    validate: false,
    // Every subscription has a source of its own.
    pubSub: { subscribe: noPubSub, publish: noPubSub },
  });
  noteResolvers(schema, instances);
  return schema;
}

function noPubSub(): never {
  throw new Error('a subscription names its source in `subscribe`');
}
