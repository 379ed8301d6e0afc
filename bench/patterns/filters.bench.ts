import { FilterMatcher } from '../../src/patterns/filter-pattern/filter-matcher.js';
import { LogMessage } from '../../src/patterns/filter-pattern/log-message.js';
import { parseFilterPattern } from '../../src/patterns/filter-pattern/parse-filter-pattern.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { cloudTrailRecords } from './documents.js';
import { type FilterPatternOf, filterKinds, mixedFilters } from './filter-mixes.js';
import { measureInTurn, type Repeated } from './in-turn.js';

/** Records matched in a second by one core, by how many metric filters there are and by their kind. */
export const filtersBenchmark: Benchmark = {
  name: 'filters',
  description: 'matching parsed records against the patterns of metric filters, on one core',
  run: filterFigures,
};

type Record = Awaited<ReturnType<typeof cloudTrailRecords>>[number];

const recordCount = 4000;
const sizes = [1, 10, 100, 1000];
const ofKind = 100;

async function* filterFigures({ scale, runs, note }: BenchmarkOptions): AsyncIterable<Figure> {
  const records = await cloudTrailRecords(Math.max(1, Math.round(recordCount * scale)));
  const bySize = sizes.map((size) => subjectOf(mixedFilters, size, records));
  measureInTurn(bySize, runs);
  const hundred = bySize[sizes.indexOf(100)] as Subject;
  for (const subject of bySize) yield figureOf('mixed', subject, hundred);
  const byKind = Object.entries(filterKinds).map(
    ([name, patternOf]) => [name, subjectOf(patternOf, ofKind, records)] as const,
  );
  // The mixed ones again: what they are held against is to be of the same minutes.
  const mixed = subjectOf(mixedFilters, ofKind, records);
  measureInTurn([mixed, ...byKind.map(([, subject]) => subject)], runs);
  for (const [name, subject] of byKind) yield figureOf(`all ${name}`, subject, mixed);
  for (const [name, { size, matcher }] of [...bySize.map((one) => ['mixed', one] as const), ...byKind]) {
    const { candidates, checks } = workOf(matcher, records);
    note(`${size} ${name}: ${candidates.toFixed(2)} filters and ${checks.toFixed(2)} conditions looked into a record`);
  }
}

interface Subject extends Repeated {
  readonly size: number;
  readonly matcher: FilterMatcher<number>;
}

function figureOf(name: string, { size, seconds }: Subject, against: Subject): Figure {
  const own = median(seconds);
  const other = median(against.seconds);
  return {
    name: `${name}, ${size.toLocaleString('en')} ${size === 1 ? 'filter' : 'filters'}`,
    value: perRecord(own),
    against: { name: `${against.size} mixed filters`, value: perRecord(other), ratio: own / other },
  };
}

function perRecord(seconds: number): string {
  return `${(seconds * 1e6).toFixed(2)} µs a record, ${rate(1, seconds)}`;
}

function subjectOf(patternOf: FilterPatternOf, size: number, records: readonly Record[]): Subject {
  const filters = Array.from({ length: size }, (_, value) => ({
    pattern: parseFilterPattern(patternOf(value)),
    value,
  }));
  const matcher = new FilterMatcher(filters);
  const pass = () => records.reduce((matched, record) => matched + matchRecord(matcher, record), 0);
  return { size, matcher, things: records.length, seconds: [], pass };
}

/** A message for each: its text is made of its bytes once, and only where a filter asks for it. */
function matchRecord(matcher: FilterMatcher<number>, { raw, record }: Record): number {
  return matcher.match(LogMessage.ofRecord(raw, record)).length;
}

function workOf(
  matcher: FilterMatcher<number>,
  records: readonly Record[],
): { readonly candidates: number; readonly checks: number } {
  const before = { ...matcher.work };
  for (const record of records) matchRecord(matcher, record);
  const { candidates, checks } = matcher.work;
  return {
    candidates: (candidates - before.candidates) / records.length,
    checks: (checks - before.checks) / records.length,
  };
}
