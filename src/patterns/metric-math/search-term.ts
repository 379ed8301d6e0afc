import { hasPartialTerm, type PartialTerm, type TextTokens, textTokens } from './search-tokens.js';

/** A metric, as a search sees it. */
export interface SearchableMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** For `:aws.AccountId=`; a metric without an account has none of them. */
  readonly accountId?: string | null;
}

/** What is looked for: a whole value, or tokens of it. */
export type SearchValue = { readonly exact: string } | { readonly partial: PartialTerm };

export type SearchTerm =
  /** `property` is `MetricName`, `Namespace`, `:aws.AccountId` or the name of a dimension; null is any name or value. */
  | { readonly type: 'value'; readonly property: string | null; readonly value: SearchValue }
  | { readonly type: 'and' | 'or'; readonly terms: readonly SearchTerm[] }
  | { readonly type: 'not'; readonly term: SearchTerm };

export function matchesTerm(term: SearchTerm, metric: SearchableMetric): boolean {
  return new MetricTexts(metric).match(term);
}

/** What of one metric is searched. Its texts are taken apart once, however many terms there are. */
class MetricTexts {
  readonly #metric: SearchableMetric;
  readonly #tokens = new Map<string, TextTokens>();
  /** All names and values. */
  readonly #all: readonly string[];

  constructor(metric: SearchableMetric) {
    const { namespace, metricName, dimensions } = metric;
    this.#metric = metric;
    this.#all = [metricName, namespace, ...Object.entries(dimensions).flat()];
  }

  match(term: SearchTerm): boolean {
    switch (term.type) {
      case 'and':
        return term.terms.every((each) => this.match(each));
      case 'or':
        return term.terms.some((each) => this.match(each));
      case 'not':
        return !this.match(term.term);
      default:
        return this.#textsOf(term.property).some((text) => this.#matches(text, term.value));
    }
  }

  #matches(text: string, value: SearchValue): boolean {
    return 'exact' in value ? text === value.exact : hasPartialTerm(this.#tokensOf(text), value.partial);
  }

  #tokensOf(text: string): TextTokens {
    const known = this.#tokens.get(text);
    if (known !== undefined) return known;
    const tokens = textTokens(text);
    this.#tokens.set(text, tokens);
    return tokens;
  }

  #textsOf(property: string | null): readonly string[] {
    const { namespace, metricName, dimensions, accountId } = this.#metric;
    switch (property) {
      case null:
        return this.#all;
      case 'MetricName':
        return [metricName];
      case 'Namespace':
        return [namespace];
      case ':aws.AccountId':
        return typeof accountId === 'string' ? [accountId] : [];
      default:
        return Object.hasOwn(dimensions, property) ? [dimensions[property] ?? ''] : [];
    }
  }
}
