import { startOfMinute } from '../lib/time.js';
import { FilterMatcher } from '../patterns/filter-pattern/filter-matcher.js';
import type { FilterPattern } from '../patterns/filter-pattern/filter-pattern.js';
import type { LogMessage } from '../patterns/filter-pattern/log-message.js';
import {
  type MessageValue,
  type MetricValue,
  parseDimensionValue,
  parseMetricValue,
} from '../patterns/filter-pattern/message-values.js';
import { parseFilterPattern } from '../patterns/filter-pattern/parse-filter-pattern.js';
import type { FilterDefinition, FilterSamples, FilterSet } from './filter-set.port.js';
import { isDimensionValue } from './metric-names.js';
import { maxMagnitude } from './value-bucket.js';

/** What a filter took from one event. */
export interface Sample {
  readonly outputId: string;
  /** Null for one that is left out. */
  readonly dimensionValues: readonly (string | null)[];
  readonly value: number;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
}

/** An event, as far as filters depend on it. */
export interface FilterEvent {
  readonly message: LogMessage;
  readonly accountId: string;
  readonly awsRegion: string;
  /** Milliseconds since 1970 UTC. */
  readonly eventTime: number;
}

interface CompiledFilter {
  readonly outputId: string;
  readonly accountIds: ReadonlySet<string> | null;
  readonly regions: ReadonlySet<string> | null;
  readonly value: MetricValue;
  readonly dimensions: readonly MessageValue[];
}

/** All metric filters, ready to match. */
export class CompiledFilters {
  readonly #matcher: FilterMatcher<CompiledFilter>;

  constructor({ filters }: FilterSet) {
    this.#matcher = new FilterMatcher(filters.map(compileFilter));
  }

  /**
   * What the filters take from an event. A value that is not there, or that no metric may have, leaves nothing; of
   * dimensions such a one is left out, and the others are published (`Dimension`, AWS CloudFormation).
   */
  samplesOf(event: FilterEvent): Sample[] {
    const samples: Sample[] = [];
    for (const filter of this.#matcher.match(event.message)) {
      const sample = sees(filter, event) ? sampleOf(filter, event) : null;
      if (sample !== null) samples.push(sample);
    }
    return samples;
  }
}

/** Null where there is nothing to match. */
export function compileFilters(set: FilterSet): CompiledFilters | null {
  return set.filters.length === 0 ? null : new CompiledFilters(set);
}

/** @throws for what this version cannot read */
export function compileFilter(definition: FilterDefinition): { pattern: FilterPattern; value: CompiledFilter } {
  const pattern = parseFilterPattern(definition.filterPattern);
  const { metricValue, dimensions } = definition.transformation;
  return {
    pattern,
    value: {
      outputId: definition.outputId,
      accountIds: setOf(definition.accountIds),
      regions: setOf(definition.regions),
      value: parseMetricValue(metricValue, pattern),
      dimensions: Object.values(dimensions ?? {}).map((selector) => parseDimensionValue(selector, pattern)),
    },
  };
}

function sampleOf({ outputId, value, dimensions }: CompiledFilter, { message, eventTime }: FilterEvent): Sample | null {
  const number = value.numberOf(message);
  if (number === null || Math.abs(number) > maxMagnitude) return null;
  const dimensionValues = dimensions.map((dimension) => {
    const text = dimension.of(message);
    return text !== null && isDimensionValue(text) ? text : null;
  });
  return { outputId, dimensionValues, value: number, time: startOfMinute(eventTime) };
}

function sees({ accountIds, regions }: CompiledFilter, { accountId, awsRegion }: FilterEvent): boolean {
  return (accountIds === null || accountIds.has(accountId)) && (regions === null || regions.has(awsRegion));
}

function setOf(values: readonly string[] | null): ReadonlySet<string> | null {
  return values === null ? null : new Set(values);
}

interface Group {
  readonly first: Sample;
  readonly counts: Map<number, number>;
}

/** Samples of many events by filter, dimensions and minute: how often each value was there. */
export function gatherSamples(samples: Iterable<Sample>): FilterSamples[] {
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const { outputId, dimensionValues, time, value } = sample;
    const where = dimensionValues.length === 0 ? '' : JSON.stringify(dimensionValues);
    const key = `${outputId} ${time} ${where}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { first: sample, counts: new Map() };
      groups.set(key, group);
    }
    group.counts.set(value, (group.counts.get(value) ?? 0) + 1);
  }
  return [...groups.values()].map(({ first, counts }) => ({
    outputId: first.outputId,
    dimensionValues: first.dimensionValues,
    time: first.time,
    values: [...counts.keys()],
    counts: [...counts.values()],
  }));
}
