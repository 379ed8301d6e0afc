import { EventMatcher } from '../../src/patterns/event-pattern/event-matcher.js';
import { parseEvent } from '../../src/patterns/event-pattern/parse-event.js';
import { parseEventPattern } from '../../src/patterns/event-pattern/parse-event-pattern.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { cloudTrailEvents, parcels } from './documents.js';
import { measureInTurn, type Repeated } from './in-turn.js';
import { cloudTrailPatterns, type PatternOf, parcelPatterns, ruleMixes } from './rule-mixes.js';

/** Events matched in a second by one core, by the kind of rule and by how many rules there are. */
export const patternsBenchmark: Benchmark = {
  name: 'patterns',
  description: 'matching parsed events against event patterns, on one core',
  run: patternFigures,
};

const eventCount = 4000;

async function* patternFigures({ scale, runs, note }: BenchmarkOptions): AsyncIterable<Figure> {
  const records = await cloudTrailEvents(Math.max(1, Math.round(eventCount * scale)));
  const lots = parcels(Math.max(1, Math.round(eventCount * scale)));
  yield* kindFigures('CloudTrail', records, cloudTrailPatterns, runs, note);
  yield* kindFigures('parcels', lots, parcelPatterns, runs, note);
  const texts = records.map((record) => JSON.stringify(record));
  yield* kindFigures('CloudTrail as JSON text', texts, { exact: cloudTrailPatterns['exact'] ?? {} }, runs, note);
  for (const [name, patternOf] of Object.entries(ruleMixes)) yield* sizeFigures(name, patternOf, records, runs);
}

/** Parsed, or the JSON text, which is then parsed each time. */
type Event = object | string;

function matchEvent(matcher: EventMatcher<number>, event: Event): number {
  return matcher.match(typeof event === 'string' ? parseEvent(event) : event).length;
}

interface Subject extends Repeated {
  readonly matcher: EventMatcher<number>;
}

function* kindFigures(
  data: string,
  events: readonly Event[],
  patterns: Readonly<Record<string, object>>,
  runs: number,
  note: BenchmarkOptions['note'],
): Iterable<Figure> {
  const subjects = Object.entries(patterns).map(([name, pattern]) => [name, subjectOf([pattern], events)] as const);
  measureInTurn(
    subjects.map(([, subject]) => subject),
    runs,
  );
  for (const [name, { matcher, seconds }] of subjects) {
    const matched = events.filter((event) => matchEvent(matcher, event) > 0).length;
    note(`${data}, ${name}: ${matched} of ${events.length} events match`);
    yield { name: `${data}, one rule, ${name}`, value: rate(1, median(seconds)) };
  }
}

const sizes = [1, 100, 10_000];

function* sizeFigures(name: string, patternOf: PatternOf, events: readonly Event[], runs: number): Iterable<Figure> {
  const subjects = sizes.map((size) =>
    subjectOf(
      Array.from({ length: size }, (_, index) => patternOf(index)),
      events,
    ),
  );
  measureInTurn(subjects, runs);
  const hundred = median(subjects[1]?.seconds ?? []);
  for (const [index, { matcher, seconds }] of subjects.entries()) {
    const one = median(seconds);
    const against = { name: '100 rules', value: rate(1, hundred), ratio: one / hundred };
    yield {
      name: `${name}, ${matcher.size.toLocaleString('en')} rules`,
      value: rate(1, one),
      ...(index === 2 ? { against: { ...against, goal: 2 } } : {}),
    };
  }
}

function subjectOf(patterns: readonly object[], events: readonly Event[]): Subject {
  const matcher = new EventMatcher(patterns.map((pattern, rule) => ({ pattern: parseEventPattern(pattern), rule })));
  return {
    matcher,
    seconds: [],
    things: events.length,
    pass: () => events.reduce<number>((matched, event) => matched + matchEvent(matcher, event), 0),
  };
}
