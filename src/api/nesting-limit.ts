import { Lexer, Source, type Token, TokenKind } from 'graphql';
import { badInput, type CrosstrailError } from '../platform/errors.js';

/*
 * A value that is nested some thousand levels deep is small, and overflows the stack of whatever walks it: GraphQL's own
 * parser first. It is refused before, wherever in an argument it stands: in a variable, or written into the document.
 */

/** Lists and objects in each other, in one variable or one argument of the document. */
export const maxLevels = 200;

/** @param argument path of the argument; of one that leads further down only the beginning is told */
export function tooDeep(argument: string): CrosstrailError {
  // Five names: `input.targets[0].inputTransformer.inputPathsMap` is the longest path of an argument.
  const [beginning = argument] = /^[^.[]*(?:[.[][^.[]*){0,4}/.exec(argument) ?? [];
  return badInput(beginning, `is nested more than ${maxLevels} levels deep`);
}

/**
 * Checks the body of a request before its document is parsed; throws BAD_USER_INPUT where an argument, or the selection
 * of fields, has too many levels. What is no document is left to the parser to refuse.
 *
 * @param maxTokens those of the document that its parser would read
 */
export function checkDocumentNesting(body: unknown, maxTokens: number): void {
  const query = (body as { readonly query?: unknown } | null | undefined)?.query;
  if (typeof query !== 'string') return;
  let levels = 0;
  /** Of the selection that the arguments stand in. */
  let outer = 0;
  let [name, argument]: [string, string | null] = ['', null];
  for (const { kind, value } of tokensOf(query, maxTokens)) {
    if (kind === TokenKind.NAME) name = value;
    else if (kind === TokenKind.PAREN_L) [outer, argument] = [levels, ''];
    else if (kind === TokenKind.PAREN_R) [outer, argument] = [0, null];
    else if (kind === TokenKind.COLON && levels === outer && argument !== null) argument = name;
    else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R) levels -= 1;
    else if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L) levels += 1;
    if (levels - outer > maxLevels) throw tooDeep(argument || 'query');
  }
}

function* tokensOf(query: string, maxTokens: number): Generator<Token> {
  const lexer = new Lexer(new Source(query));
  try {
    for (let tokens = 0; tokens < maxTokens; tokens++) {
      const token = lexer.advance();
      if (token.kind === TokenKind.EOF) return;
      yield token;
    }
  } catch {
    // No token: the parser says so, and where.
  }
}
