import { type ASTNode, type GraphQLSchema, parse, printSchema, visit } from 'graphql';

/** Every type, field, argument and enum value of a schema that has no description, as a path. */
export function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  const path: string[] = [];
  visit(parse(printSchema(schema)), {
    enter(node) {
      if (!isNamed(node)) return;
      path.push(node.name.value);
      // The root types need none: they are the API itself.
      const root = path.length === 1 && ['Query', 'Mutation', 'Subscription'].includes(node.name.value);
      if (!root && !node.description?.value.trim()) missing.push(path.join('.'));
    },
    leave(node) {
      if (isNamed(node)) path.pop();
    },
  });
  return missing;
}

function isNamed(node: ASTNode): node is ASTNode & { name: { value: string }; description?: { value: string } } {
  return /TypeDefinition$|^(Field|InputValue|EnumValue)Definition$/.test(node.kind);
}
