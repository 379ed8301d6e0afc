import {
  type ASTVisitor,
  GraphQLError,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
  type ValidationContext,
} from 'graphql';
import { badInput, type CrosstrailError } from '../platform/errors.js';
import { longListExtension } from '../platform/graphql/long-list.js';

/*
 * No list in an argument may be longer than the limit, wherever it stands, but for fields that say how long theirs may be.
 * Lists inside a JSON value are its reader's business. A list is either written into the document, whose own limit is for
 * shorter ones, or comes in a variable.
 */

function tooLong(argument: string, values: number, limit: number): CrosstrailError {
  return badInput(argument, `has ${values} values; ${limit} is the most`);
}

/** Checks the lists written into a document. */
export function listRule(context: ValidationContext, limit: number): ASTVisitor {
  return {
    ListValue(node) {
      if (node.values.length <= limit || !isListType(getNullableType(context.getParentInputType()))) return;
      const error = tooLong(context.getArgument()?.name ?? 'a list', node.values.length, limit);
      context.reportError(new GraphQLError(error.message, { nodes: node, originalError: error }));
    },
  };
}

/** Checks the lists in the variables of an operation; throws BAD_USER_INPUT for one that is too long. */
export function checkVariableLists(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  limit: number,
): void {
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (type !== undefined) checkValue(name, type as GraphQLInputType, variables[name], limit);
  }
}

/** What a field says of itself, with `@Extensions(longList(most))`. */
function ownLimit({ extensions }: GraphQLInputField): number | undefined {
  return extensions[longListExtension] as number | undefined;
}

function checkValue(path: string, type: GraphQLInputType, value: unknown, limit: number): void {
  const nullable = getNullableType(type);
  if (isListType(nullable) && Array.isArray(value)) {
    if (value.length > limit) throw tooLong(path, value.length, limit);
    for (const [index, item] of value.entries()) checkValue(`${path}[${index}]`, nullable.ofType, item, limit);
  } else if (isInputObjectType(nullable) && typeof value === 'object' && value !== null) {
    const fields = nullable.getFields();
    for (const [name, item] of Object.entries(value)) {
      const field = fields[name];
      if (field !== undefined) checkValue(`${path}.${name}`, field.type, item, ownLimit(field) ?? limit);
    }
  }
}
