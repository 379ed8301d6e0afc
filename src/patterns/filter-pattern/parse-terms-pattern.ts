import type { FilterPattern, Term } from './filter-pattern.js';
import { parseQuoted } from './parse-quoted.js';
import { parseRegex } from './parse-regex.js';
import { isBlank, isWordCharacter, type PatternReader } from './pattern-reader.js';

/** Reads words, `"phrases"` and `%regular expressions%`, each of which may have `-` or `?` before it. */
export function parseTermsPattern(reader: PatternReader): FilterPattern {
  const included: Term[] = [];
  const excluded: Term[] = [];
  const optional: Term[] = [];
  for (reader.skipBlanks(); !reader.isAtEnd; reader.skipBlanks()) {
    if (reader.take('-')) {
      // The guide has an example with a blank behind the minus.
      reader.skipBlanks();
      excluded.push(parseSignedTerm(reader, '-'));
    } else if (reader.take('?')) {
      optional.push(parseSignedTerm(reader, '?'));
    } else {
      const term = parseTerm(reader);
      if (!isBlankTerm(term)) included.push(term);
    }
  }
  const isAlone = included.length === 0 && excluded.length === 0;
  if (isAlone && optional.length === 0) return { kind: 'all' };
  return { kind: 'terms', included, excluded, optional: isAlone ? optional : [] };
}

function parseSignedTerm(reader: PatternReader, sign: string): Term {
  const { at } = reader;
  if (reader.isAtEnd || isBlank(reader.text.charCodeAt(at))) reader.fail(`a term is missing behind "${sign}"`);
  const term = parseTerm(reader);
  if (isBlankTerm(term)) reader.fail(`the phrase behind "${sign}" has nothing in it to look for`, at);
  return term;
}

/** The guide has a quoted blank match everything. */
function isBlankTerm(term: Term): boolean {
  return term.kind === 'text' && term.text.trim() === '';
}

function parseTerm(reader: PatternReader): Term {
  const term = readTerm(reader);
  if (!reader.isAtEnd && !isBlank(reader.text.charCodeAt(reader.at))) {
    reader.fail(
      `${reader.shown} cannot be part of a term: put terms with other characters than letters, digits and "_" into ` +
        'double quotes, and a blank between terms',
    );
  }
  return term;
}

function readTerm(reader: PatternReader): Term {
  if (reader.next === '%') return { kind: 'regex', regex: parseRegex(reader) };
  if (reader.next === '"') return { kind: 'text', text: parseQuoted(reader).join('*') };
  return { kind: 'text', text: reader.takeWhile(isWordCharacter) };
}
