import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import { isStorableText } from '../lib/storable-text.js';
import { badInput, type CrosstrailError } from '../platform/errors.js';
import { maxLevels, tooDeep } from './nesting-limit.js';

/*
 * PostgreSQL stores no text with a NUL or half of a surrogate pair in it, and no search could find one: it is refused
 * once, here, wherever in an argument it stands. Text is either written into the document or comes in a variable.
 */

function refused(argument: string): CrosstrailError {
  return badInput(argument, 'holds U+0000 or half of a surrogate pair, which no text here can have');
}

/** Checks the strings written into a document. */
export function textRule(context: ValidationContext): ASTVisitor {
  return {
    StringValue(node) {
      if (isStorableText(node.value)) return;
      const error = refused(context.getArgument()?.name ?? 'a text');
      context.reportError(new GraphQLError(error.message, { nodes: node, originalError: error }));
    },
  };
}

/**
 * Checks the variables of an operation, keys of objects included; throws BAD_USER_INPUT for the first with a NUL, and for
 * one with too many levels.
 */
export function checkVariableTexts(variables: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(variables)) checkValue(name, value, 0);
}

function checkValue(path: string, value: unknown, levels: number): void {
  if (typeof value === 'string') {
    if (!isStorableText(value)) throw refused(path);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (levels === maxLevels) throw tooDeep(path);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(`${path}[${index}]`, item, levels + 1);
  } else {
    for (const [name, item] of Object.entries(value)) {
      if (!isStorableText(name)) throw refused(path);
      checkValue(`${path}.${name}`, item, levels + 1);
    }
  }
}
