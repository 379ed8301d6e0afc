import { MetricMathError } from './metric-math-error.js';

export interface SearchToken {
  /** `word` stands without quotes; `AND`, `OR` and `NOT` are words too. */
  readonly kind: '(' | ')' | '=' | 'quoted' | 'word' | 'end';
  readonly text: string;
  readonly position: number;
}

const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
const word = /[^\s()="]+/y;
const schemaName = /\s*(?:"((?:[^"\\]|\\[\s\S])*)"|([^,{}"\s](?:[^,{}"]*[^,{}"\s])?))\s*/y;

/** The names within the braces that a search may begin with: a namespace, then dimensions. */
export interface SearchSchemaText {
  readonly names: readonly string[];
  /** Where the search term begins. */
  readonly end: number;
}

/** @throws MetricMathError */
export function readSchema(text: string): SearchSchemaText | null {
  let position = text.search(/\S/);
  if (text.charAt(position) !== '{') return null;
  const names: string[] = [];
  do {
    position++;
    schemaName.lastIndex = position;
    const match = schemaName.exec(text);
    if (match === null) throw new MetricMathError('a namespace or the name of a dimension is expected here', position);
    names.push(match[2] ?? unescaped(match[1] ?? ''));
    position = schemaName.lastIndex;
  } while (text.charAt(position) === ',');
  if (text.charAt(position) !== '}') throw new MetricMathError('"," or "}" is expected here', position);
  return { names, end: position + 1 + (/^\s*,/.exec(text.slice(position + 1))?.[0].length ?? 0) };
}

/** Splits a search term that begins at `start`. The last token is `end`. @throws MetricMathError */
export function searchTermTokens(text: string, start: number): readonly SearchToken[] {
  const tokens: SearchToken[] = [];
  let position = start;
  while (position < text.length) {
    if (/\s/.test(text.charAt(position))) position++;
    else {
      const { token, end } = tokenAt(text, position);
      tokens.push(token);
      position = end;
    }
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  return tokens;
}

function tokenAt(text: string, position: number): { readonly token: SearchToken; readonly end: number } {
  const unit = text.charAt(position);
  if (unit === '(' || unit === ')' || unit === '=') {
    return { token: { kind: unit, text: unit, position }, end: position + 1 };
  }
  const pattern = unit === '"' ? quoted : word;
  pattern.lastIndex = position;
  const match = pattern.exec(text);
  if (match === null)
    throw new MetricMathError('the exact term that begins here is not closed: " is missing', position);
  const token: SearchToken =
    match[1] === undefined
      ? { kind: 'word', text: match[0], position }
      : { kind: 'quoted', text: unescaped(match[1]), position };
  return { token, end: pattern.lastIndex };
}

/** Source: `"`, `\`, `(` and `)` are escaped by a backslash in exact terms, says the guide; others may be. */
function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1');
}
