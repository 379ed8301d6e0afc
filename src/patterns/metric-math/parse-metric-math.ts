import { checkFunctionName, readBandCall, readMetricsCall, readSearchCall } from './literal-calls.js';
import type { BandCall, MathExpression, MathNode, MathOperator, Reference, SearchCall } from './math-expression.js';
import { MetricMathError } from './metric-math-error.js';
import { type MathSymbol, type MathToken, mathTokens } from './metric-math-tokens.js';

/** Source: the field `Expression` of `MetricDataQuery`, CloudWatch API Reference. */
const maxLength = 2048;

/** Parentheses, arguments and signs within each other: far more than anybody writes, far less than the stack holds. */
const maxDepth = 100;

/** From loosest to tightest. `^` and the sign bind tighter still. */
const binaryLevels: readonly (readonly MathSymbol[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
];

/**
 * Reads a metric math expression. Types are checked with all queries of a request, see `planMetricMath`.
 *
 * AWS does not publish the precedence of operators; it is the usual one: `^` (from the right), sign, `*` and `/`, `+` and
 * `-`, comparisons, `AND`, `OR`.
 *
 * Source: "Using math expressions with CloudWatch metrics", Amazon CloudWatch User Guide.
 *
 * @throws MetricMathError
 */
export function parseMetricMath(text: string): MathExpression {
  if (text.length > maxLength) {
    throw new MetricMathError(`an expression has ${maxLength} characters at most`, maxLength);
  }
  return new MathParser(text).parse();
}

class MathParser {
  readonly #text: string;
  readonly #tokens: readonly MathToken[];
  readonly #references: Reference[] = [];
  readonly #searches: SearchCall[] = [];
  readonly #bands: BandCall[] = [];
  #usesMetrics = false;
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = mathTokens(text);
  }

  parse(): MathExpression {
    if (this.#peek().kind === 'end') throw new MetricMathError('an expression is missing', 0);
    const root = this.#binary(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw unexpected(rest, 'an operator or the end');
    return {
      text: this.#text,
      root,
      references: this.#references,
      usesMetrics: this.#usesMetrics,
      searches: this.#searches,
      bands: this.#bands,
    };
  }

  #binary(level: number): MathNode {
    const operators = binaryLevels[level];
    if (operators === undefined) return this.#signed();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, position } = this.#peek();
      if (!(operators as readonly string[]).includes(kind)) return left;
      this.#take();
      const right = this.#binary(level + 1);
      left = { type: 'operation', operator: kind as MathOperator, left, right, position };
    }
  }

  #signed(): MathNode {
    const { position } = this.#peek();
    this.#depth++;
    if (this.#depth > maxDepth) {
      throw new MetricMathError(`an expression is nested ${maxDepth} levels deep at most`, position);
    }
    const node = this.#has('-') ? this.#negation() : this.#power();
    this.#depth--;
    return node;
  }

  #negation(): MathNode {
    const { position } = this.#take();
    return { type: 'negation', operand: this.#signed(), position };
  }

  #power(): MathNode {
    const left = this.#primary();
    if (!this.#has('^')) return left;
    const { position } = this.#take();
    return { type: 'operation', operator: '^', left, right: this.#signed(), position };
  }

  #primary(): MathNode {
    const token = this.#take();
    switch (token.kind) {
      case 'number':
        return numberNode(token);
      case 'string':
        return { type: 'string', text: token.text, position: token.position };
      case 'word':
        return this.#word(token);
      case '(': {
        const node = this.#binary(0);
        this.#expect(')');
        return node;
      }
      case '[':
        return { type: 'array', elements: this.#list(']'), position: token.position };
      default:
        throw unexpected(token, 'a number, an id, a function, "(" or "["');
    }
  }

  #word(token: MathToken): MathNode {
    const { text, position } = token;
    if (this.#has('(')) {
      this.#take();
      checkFunctionName(text, position);
      return this.#call(text, this.#has(')') ? this.#noArguments() : this.#list(')'), position);
    }
    if (/^[A-Z][A-Z0-9_]*$/.test(text)) return { type: 'keyword', name: text, position };
    if (!/^[a-z]/.test(text)) {
      throw new MetricMathError(`"${text}" is no id: ids begin with a lower-case letter`, position);
    }
    this.#references.push({ id: text, position });
    return { type: 'reference', id: text, position };
  }

  #call(name: string, given: readonly MathNode[], position: number): MathNode {
    switch (name) {
      case 'METRICS':
        this.#usesMetrics = true;
        return { type: 'metrics', idPart: readMetricsCall(given), position };
      case 'SEARCH': {
        const call = readSearchCall(given, this.#text, position);
        this.#searches.push(call);
        return { type: 'search', call, position };
      }
      case 'ANOMALY_DETECTION_BAND': {
        const id = readBandCall(given, position);
        this.#bands.push({ id, position });
        if (this.#bands.length > 1) {
          throw new MetricMathError('an expression has one ANOMALY_DETECTION_BAND at most', position);
        }
        return { type: 'band', id, deviations: given[1] ?? null, position };
      }
      default:
        return { type: 'call', name, arguments: given, position };
    }
  }

  #list(end: ')' | ']'): readonly MathNode[] {
    const nodes = [this.#binary(0)];
    while (this.#has(',')) {
      this.#take();
      nodes.push(this.#binary(0));
    }
    this.#expect(end);
    return nodes;
  }

  #noArguments(): readonly MathNode[] {
    this.#take();
    return [];
  }

  #peek(): MathToken {
    // The last token is `end`, which nothing takes but the error that ends the parsing.
    return this.#tokens[this.#next] as MathToken;
  }

  #has(kind: MathSymbol): boolean {
    return this.#peek().kind === kind;
  }

  #take(): MathToken {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #expect(kind: MathSymbol): void {
    const token = this.#peek();
    if (token.kind !== kind) throw unexpected(token, `"${kind}"`);
    this.#next++;
  }
}

function numberNode({ text, position }: MathToken): MathNode {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new MetricMathError('the number is too large', position);
  return { type: 'number', value, position };
}

function unexpected({ kind, text, position }: MathToken, expected: string): MetricMathError {
  const found = kind === 'end' ? 'the expression ends' : kind === 'string' ? 'there is a string' : `there is "${text}"`;
  return new MetricMathError(`${expected} is expected where ${found}`, position);
}
