import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import { badInput, type CrosstrailError } from '../platform/errors.js';

/*
 * PostgreSQL stores no text with a NUL in it, and no search could find one: it is refused once, here, wherever in an
 * argument it stands. Text is either written into the document or comes in a variable.
 */

function refused(argument: string): CrosstrailError {
  return badInput(argument, 'holds the character U+0000, which no text here can have');
}

/** Checks the strings written into a document. */
export function textRule(context: ValidationContext): ASTVisitor {
  return {
    StringValue(node) {
      if (!node.value.includes('\0')) return;
      const error = refused(context.getArgument()?.name ?? 'a text');
      context.reportError(new GraphQLError(error.message, { nodes: node, originalError: error }));
    },
  };
}

/** Checks the variables of an operation, keys of objects included; throws BAD_USER_INPUT for the first with a NUL. */
export function checkVariableTexts(variables: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(variables)) checkValue(name, value);
}

function checkValue(path: string, value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw refused(path);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(`${path}[${index}]`, item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (name.includes('\0')) throw refused(path);
      checkValue(`${path}.${name}`, item);
    }
  }
}
