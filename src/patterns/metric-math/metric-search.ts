import { MetricMathError } from './metric-math-error.js';
import { readSchema, type SearchToken, searchTermTokens } from './search-lexer.js';
import { matchesTerm, type SearchableMetric, type SearchTerm, type SearchValue } from './search-term.js';
import { partialTerm } from './search-tokens.js';

/** What `SEARCH` looks for. */
export interface MetricSearch {
  readonly text: string;
  /** Every metric found has these. They narrow a search and do not replace `matchesSearch`. */
  readonly demands: SearchDemands;
  /** Null where a schema is all there is. */
  readonly term: SearchTerm | null;
}

/** Exact, with upper and lower case; null where there is no demand. */
export interface SearchDemands {
  readonly namespace: string | null;
  readonly metricName: string | null;
  /** All names of the metric's dimensions, no more and no less; in any order. */
  readonly dimensionNames: readonly string[] | null;
}

/** Source: "Search expression limits" in "CloudWatch search expression syntax", Amazon CloudWatch User Guide. */
const maxLength = 1024;
const maxDepth = 50;

/**
 * Reads a search expression: `{AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT "i-1"`.
 *
 * `NOT` binds tighter than `AND`, which may be left out and binds tighter than `OR`.
 *
 * Source: "CloudWatch search expression syntax", Amazon CloudWatch User Guide. `Name=("a" OR "b")` is not in the guide; it
 * is what Grafana sends to AWS.
 *
 * @throws MetricMathError
 */
export function parseMetricSearch(text: string): MetricSearch {
  if (text.length > maxLength) {
    throw new MetricMathError(`a search expression has ${maxLength} characters at most`, maxLength);
  }
  const schema = readSchema(text);
  const term = new TermParser(searchTermTokens(text, schema?.end ?? 0)).parse();
  if (schema === null && term === null) {
    throw new MetricMathError('a search needs a schema {Namespace, DimensionName} or a term to search for', 0);
  }
  const [namespace, ...dimensionNames] = schema?.names ?? [];
  return {
    text,
    demands: {
      namespace: namespace ?? exactDemand(term, 'Namespace'),
      metricName: exactDemand(term, 'MetricName'),
      dimensionNames: schema === null ? null : [...new Set(dimensionNames)],
    },
    term,
  };
}

export function matchesSearch({ demands, term }: MetricSearch, metric: SearchableMetric): boolean {
  const { namespace, dimensionNames } = demands;
  if (namespace !== null && namespace !== metric.namespace) return false;
  if (dimensionNames !== null) {
    if (Object.keys(metric.dimensions).length !== dimensionNames.length) return false;
    if (!dimensionNames.every((name) => Object.hasOwn(metric.dimensions, name))) return false;
  }
  return term === null || matchesTerm(term, metric);
}

/** The exact value of a property that every match has. */
function exactDemand(term: SearchTerm | null, property: string): string | null {
  if (term?.type === 'and') {
    const demands = term.terms.map((each) => exactDemand(each, property));
    return demands.find((demand) => demand !== null) ?? null;
  }
  return term?.type === 'value' && term.property === property && 'exact' in term.value ? term.value.exact : null;
}

class TermParser {
  readonly #tokens: readonly SearchToken[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly SearchToken[]) {
    this.#tokens = tokens;
  }

  parse(): SearchTerm | null {
    if (this.#peek().kind === 'end') return null;
    const term = this.#or(null);
    if (this.#peek().kind !== 'end') throw new MetricMathError('there is no "(" for this ")"', this.#peek().position);
    return term;
  }

  /** @param property of the values within, where a group stands behind `=` */
  #or(property: string | null): SearchTerm {
    const terms = [this.#and(property)];
    while (this.#isWord('OR')) {
      this.#next++;
      terms.push(this.#and(property));
    }
    return joined('or', terms);
  }

  #and(property: string | null): SearchTerm {
    const terms: SearchTerm[] = [];
    for (;;) {
      terms.push(this.#not(property));
      if (this.#isWord('AND')) this.#next++;
      else if (['end', ')'].includes(this.#peek().kind) || this.#isWord('OR')) return joined('and', terms);
    }
  }

  #not(property: string | null): SearchTerm {
    let isNegated = false;
    while (this.#isWord('NOT')) {
      this.#next++;
      isNegated = !isNegated;
    }
    const term = this.#primary(property);
    return isNegated ? { type: 'not', term } : term;
  }

  #primary(property: string | null): SearchTerm {
    const token = this.#peek();
    if (token.kind === '(') return this.#group(property);
    if (!isValue(token)) throw new MetricMathError('a term to search for is expected here', token.position);
    this.#next++;
    if (this.#peek().kind !== '=') return { type: 'value', property, value: searchValue(token) };
    if (property !== null) throw new MetricMathError('a property has values, not properties', this.#peek().position);
    this.#next++;
    const value = this.#peek();
    if (value.kind === '(') return this.#group(token.text);
    if (!isValue(value)) throw new MetricMathError(`a value for ${token.text} is expected here`, value.position);
    this.#next++;
    return { type: 'value', property: token.text, value: searchValue(value) };
  }

  #group(property: string | null): SearchTerm {
    const { position } = this.#peek();
    this.#depth++;
    if (this.#depth > maxDepth) {
      throw new MetricMathError(`parentheses are nested ${maxDepth} levels deep at most`, position);
    }
    this.#next++;
    const term = this.#or(property);
    if (this.#peek().kind !== ')') throw new MetricMathError('there is no ")" for this "("', position);
    this.#next++;
    this.#depth--;
    return term;
  }

  #peek(): SearchToken {
    // The last token is `end`, which nothing steps over.
    return this.#tokens[this.#next] as SearchToken;
  }

  #isWord(word: string): boolean {
    const { kind, text } = this.#peek();
    return kind === 'word' && text === word;
  }
}

function isValue({ kind, text }: SearchToken): boolean {
  return kind === 'quoted' || (kind === 'word' && !['AND', 'OR', 'NOT'].includes(text));
}

function searchValue({ kind, text, position }: SearchToken): SearchValue {
  if (kind === 'quoted') return { exact: text };
  const partial = partialTerm(text);
  if (partial.tokens.length === 0) {
    throw new MetricMathError(
      'a term needs a letter or a digit; put it in double quotes to find it as it is',
      position,
    );
  }
  return { partial };
}

function joined(type: 'and' | 'or', terms: readonly SearchTerm[]): SearchTerm {
  const [first] = terms;
  return terms.length === 1 && first !== undefined ? first : { type, terms };
}
