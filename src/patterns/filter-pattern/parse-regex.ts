import type { CharacterSet, FilterRegex, RegexBranch, RegexItem } from './filter-pattern.js';
import { parseCharacterClass, parseEscape, singleCharacter } from './parse-character-set.js';
import { isDigit, isLetter, type PatternReader } from './pattern-reader.js';

/** A quota of AWS for a pattern. */
const maxRegexes = 2;

/** Characters that a regular expression stands for, with repetitions written out; it bounds the work for a character. */
const maxPositions = 500;

/** What may stand for itself. The blank is in an example of the guide, though not in its list. */
const literals = new Set(' _#=@/;,:-]}');

/**
 * Reads `%…%`. There are no groups, so an expression is branches of characters and sets with a repetition each.
 *
 * Source: "Supported regular expressions (regex) syntax", user guide.
 */
export function parseRegex(reader: PatternReader): FilterRegex {
  const open = reader.at;
  reader.take('%');
  if (++reader.regexes > maxRegexes) reader.fail(`a pattern may have ${maxRegexes} regular expressions at most`, open);
  if (reader.next === '%') reader.fail('a regular expression was expected between the percent signs');
  const parser = new RegexParser(reader, open);
  const branches = [parser.parseBranch()];
  while (reader.take('|')) branches.push(parser.parseBranch());
  reader.take('%');
  return { branches };
}

class RegexParser {
  readonly #reader: PatternReader;
  readonly #open: number;
  #positions = 0;

  constructor(reader: PatternReader, open: number) {
    this.#reader = reader;
    this.#open = open;
  }

  parseBranch(): RegexBranch {
    const reader = this.#reader;
    const from = reader.at;
    const atStart = reader.take('^');
    const items: RegexItem[] = [];
    let atEnd = false;
    while (reader.next !== '|' && reader.next !== '%') {
      if (reader.isAtEnd) reader.fail('the regular expression is not closed: % is missing', this.#open);
      if (atEnd) reader.fail('"$" stands for the end of the text: only "|" or "%" may follow it', reader.at - 1);
      if (reader.take('$')) atEnd = true;
      else items.push(this.#parseItem());
    }
    if (reader.at === from) reader.fail('something to match was expected on this side of "|"');
    return { atStart, atEnd, items };
  }

  #parseItem(): RegexItem {
    const set = parseSet(this.#reader);
    const { at } = this.#reader;
    const { least, most } = parseRepetition(this.#reader);
    this.#positions += Math.max(1, least, most ?? 0);
    if (this.#positions > maxPositions) {
      this.#reader.fail(
        `the regular expression stands for more than ${maxPositions} characters: repeat less often`,
        at,
      );
    }
    return { set, least, most };
  }
}

function parseSet(reader: PatternReader): CharacterSet {
  const { next } = reader;
  if (reader.take('.')) return { ranges: [[0, 127]], beyondAscii: true };
  if (next === '[') return parseCharacterClass(reader);
  if (next === '\\') return parseEscape(reader);
  const code = next.charCodeAt(0);
  if (isLetter(code) || isDigit(code) || literals.has(next)) {
    reader.at++;
    return singleCharacter(code);
  }
  if (next === '^') return reader.fail('"^" stands for the beginning of the text: nothing may come before it');
  if ('?*+{'.includes(next)) return reader.fail(`there is nothing before "${next}" that it could repeat`);
  return reader.fail(
    `${reader.shown} is not supported in regular expressions: letters, digits, blanks, _ # = @ / ; , : - and ` +
      '^ $ ? [ ] { } | \\ * + . are',
  );
}

function parseRepetition(reader: PatternReader): { least: number; most: number | null } {
  if (reader.take('?')) return { least: 0, most: 1 };
  if (reader.take('*')) return { least: 0, most: null };
  if (reader.take('+')) return { least: 1, most: null };
  if (reader.next !== '{') return { least: 1, most: 1 };
  const open = reader.at;
  reader.take('{');
  const least = reader.takeWhile(isDigit);
  const isRange = reader.take(',');
  const most = isRange ? reader.takeWhile(isDigit) : least;
  if (!reader.take('}') || (least === '' && most === '')) {
    return reader.fail('a repetition is {3}, {3,}, {,5} or {3,5}', open);
  }
  const bounds = { least: Number(least), most: most === '' ? null : Number(most) };
  if (bounds.most !== null && bounds.most < bounds.least) {
    reader.fail('the upper bound of a repetition may not be below its lower one', open);
  }
  return bounds;
}
