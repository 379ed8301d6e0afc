import type { Condition } from './filter-pattern.js';
import type { PatternReader } from './pattern-reader.js';

/** Reads `a && b || c`, where `&&` binds closer. `parseOne` leaves the blanks behind it to be skipped here. */
export function parseCondition<C>(reader: PatternReader, parseOne: () => Condition<C>): Condition<C> {
  const conditions = [parseConjunction(reader, parseOne)];
  while (reader.take('||')) conditions.push(parseConjunction(reader, parseOne));
  const [only] = conditions;
  return only !== undefined && conditions.length === 1 ? only : { kind: 'or', conditions };
}

function parseConjunction<C>(reader: PatternReader, parseOne: () => Condition<C>): Condition<C> {
  const conditions: Condition<C>[] = [];
  do {
    reader.skipBlanks();
    conditions.push(parseOne());
    reader.skipBlanks();
  } while (reader.take('&&'));
  const [only] = conditions;
  return only !== undefined && conditions.length === 1 ? only : { kind: 'and', conditions };
}
