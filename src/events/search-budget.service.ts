import { type GraphQLContext, loaderOf } from '../access/context.js';
import { SearchBudget } from './text-search.js';

export type { SearchBudget };

/** What a request may spend on reading records, over all of its fields. */
export function searchBudget(context: GraphQLContext): SearchBudget {
  return loaderOf(context, SearchBudget, () => new SearchBudget(context.signal));
}
