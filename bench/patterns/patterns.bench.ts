import { EventMatcher } from '../../src/patterns/event-pattern/event-matcher.js';
import { parseEvent } from '../../src/patterns/event-pattern/parse-event.js';
import { parseEventPattern } from '../../src/patterns/event-pattern/parse-event-pattern.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median, rate } from '../figures.js';
import { cloudTrailEvents, parcels } from './documents.js';
import { cloudTrailPatterns, type PatternOf, parcelPatterns, ruleMixes } from './rule-mixes.js';

/** Events matched in a second by one core, by the kind of rule and by how many rules there are. */
export const patternsBenchmark: Benchmark = {
  name: 'patterns',
  description: 'matching parsed events against event patterns, on one core',
  run: patternFigures,
};

const eventCount = 4000;
const runSeconds = 0.3;

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

interface Subject {
  readonly matcher: EventMatcher<number>;
  readonly seconds: number[];
}

function* kindFigures(
  data: string,
  events: readonly Event[],
  patterns: Readonly<Record<string, object>>,
  runs: number,
  note: BenchmarkOptions['note'],
): Iterable<Figure> {
  const subjects = Object.entries(patterns).map(([name, pattern]) => [name, subjectOf([pattern])] as const);
  measureInTurn(
    subjects.map(([, subject]) => subject),
    events,
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
  const subjects = sizes.map((size) => subjectOf(Array.from({ length: size }, (_, index) => patternOf(index))));
  measureInTurn(subjects, events, runs);
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

function subjectOf(patterns: readonly object[]): Subject {
  const rules = patterns.map((pattern, rule) => ({ pattern: parseEventPattern(pattern), rule }));
  return { matcher: new EventMatcher(rules), seconds: [] };
}

/** Takes the subjects in turn, so that a slower minute of the machine is one for all; the first turn is to warm up. */
function measureInTurn(subjects: readonly Subject[], events: readonly Event[], runs: number): void {
  for (let run = 0; run <= runs; run++) {
    for (const { matcher, seconds } of subjects) {
      const taken = secondsAnEvent(matcher, events);
      if (run > 0) seconds.push(taken);
    }
  }
}

function secondsAnEvent(matcher: EventMatcher<number>, events: readonly Event[]): number {
  const start = performance.now();
  let matched = 0;
  let taken = 0;
  while (performance.now() - start < runSeconds * 1000) {
    for (const event of events) matched += matchEvent(matcher, event);
    taken += events.length;
  }
  if (matched < 0) throw new Error('unreachable: keeps the work from being left out');
  return (performance.now() - start) / 1000 / taken;
}
