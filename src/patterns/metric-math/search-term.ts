import { hasPartialTerm, type PartialTerm } from './search-tokens.js';

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
  switch (term.type) {
    case 'and':
      return term.terms.every((each) => matchesTerm(each, metric));
    case 'or':
      return term.terms.some((each) => matchesTerm(each, metric));
    case 'not':
      return !matchesTerm(term.term, metric);
    default:
      return textsOf(metric, term.property).some((text) => matchesValue(text, term.value));
  }
}

function matchesValue(text: string, value: SearchValue): boolean {
  return 'exact' in value ? text === value.exact : hasPartialTerm(text, value.partial);
}

function textsOf(metric: SearchableMetric, property: string | null): readonly string[] {
  const { namespace, metricName, dimensions, accountId } = metric;
  switch (property) {
    case null:
      return [metricName, namespace, ...Object.entries(dimensions).flat()];
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
