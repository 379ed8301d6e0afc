import type { Sql } from '../platform/database/database.js';
import { Versioned } from '../platform/database/versioned.js';
import { failureFields, type Logger } from '../platform/log.js';
import { compileFilter } from './filter-matching.service.js';
import type { FilterDefinition, FilterSet } from './filter-set.port.js';
import { readFilters, readVersion } from './filter-set.store.js';

/** The metric filters as they are stored, read again only when they have changed. One in a process. */
export class FilterSets {
  readonly #sets = new Versioned<FilterSet>(readVersion, async (sql) => {
    const { version, filters } = await readFilters(sql);
    return { version, filters: filters.filter((filter) => this.#isSound(filter)) };
  });

  constructor(private readonly log: Logger) {}

  /** As they are for this transaction. */
  current(sql: Sql): Promise<FilterSet> {
    return this.#sets.current(sql);
  }

  /** A filter that another version has stored, and this one cannot read, must not keep the others from counting. */
  #isSound(filter: FilterDefinition): boolean {
    try {
      compileFilter(filter);
      return true;
    } catch (error) {
      const fields = { ...failureFields(error), filter: filter.name };
      this.log.error(fields, 'a metric filter cannot be read, and counts nothing: put it again');
      return false;
    }
  }
}
