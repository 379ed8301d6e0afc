import { MetricMathError } from './metric-math-error.js';

export interface MathToken {
  /** A symbol's kind is its own text; `AND` and `OR` are the symbols `&&` and `||`. */
  readonly kind: 'number' | 'word' | 'string' | 'end' | MathSymbol;
  /** Of a string: without its quotes, see {@link stringText}. */
  readonly text: string;
  /** 0-based offset. */
  readonly position: number;
}

const symbols = [
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '^',
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  ',',
] as const;
export type MathSymbol = (typeof symbols)[number];

const wordSymbols: ReadonlyMap<string, MathSymbol> = new Map([
  ['AND', '&&'],
  ['OR', '||'],
]);

const token =
  /(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_]\w*)|(?<string>"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(?<symbol>&&|\|\||[=!<>]=|[-+*/^<>()[\],])/y;
const blanks = /\s*/y;

/**
 * Splits a metric math expression. The last token is always `end`.
 *
 * @throws MetricMathError
 */
export function mathTokens(text: string): readonly MathToken[] {
  const tokens: MathToken[] = [];
  let position = endOfBlanks(text, 0);
  while (position < text.length) {
    token.lastIndex = position;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) throw noToken(text, position);
    tokens.push(tokenOf(groups, position));
    position = endOfBlanks(text, token.lastIndex);
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  return tokens;
}

function endOfBlanks(text: string, position: number): number {
  blanks.lastIndex = position;
  blanks.exec(text);
  return blanks.lastIndex;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, position: number): MathToken {
  const { number, word, string, symbol } = groups;
  if (number !== undefined) return { kind: 'number', text: number, position };
  if (string !== undefined) return { kind: 'string', text: stringText(string), position };
  if (word === undefined) return { kind: symbol as MathSymbol, text: symbol ?? '', position };
  return { kind: wordSymbols.get(word) ?? 'word', text: word, position };
}

/** A backslash before the quote that bounds the string goes; others are the business of search expressions. */
function stringText(quoted: string): string {
  const quote = quoted.charAt(0);
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, (pair, unit: string) => (unit === quote ? unit : pair));
}

function noToken(text: string, position: number): MetricMathError {
  const unit = text.charAt(position);
  if (unit === '"' || unit === "'") {
    return new MetricMathError(`the string that begins here is not closed: ${unit} is missing`, position);
  }
  if (unit === '=') return new MetricMathError('write == to compare', position);
  if (unit === '!') return new MetricMathError('there is no operator "!": compare with == 0 or !=', position);
  if (unit === '&' || unit === '|') return new MetricMathError(`write ${unit}${unit}`, position);
  const shown = String.fromCodePoint(text.codePointAt(position) ?? 0);
  return new MetricMathError(`"${shown}" has no meaning outside strings`, position);
}
