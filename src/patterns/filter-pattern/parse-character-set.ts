import type { CharacterSet } from './filter-pattern.js';
import { isDigit, isLetter, type PatternReader } from './pattern-reader.js';

type Range = readonly [low: number, high: number];

const digits: readonly Range[] = [[48, 57]];
const wordCharacters: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
/** Tab to carriage return, and the blank. */
const blanks: readonly Range[] = [
  [9, 13],
  [32, 32],
];

const namedSets = new Map<string, CharacterSet>([
  ['d', { ranges: digits, beyondAscii: false }],
  ['D', complementOf({ ranges: digits, beyondAscii: false })],
  ['s', { ranges: blanks, beyondAscii: false }],
  ['S', complementOf({ ranges: blanks, beyondAscii: false })],
  ['w', { ranges: wordCharacters, beyondAscii: false }],
  ['W', complementOf({ ranges: wordCharacters, beyondAscii: false })],
]);

/** What may stand for itself behind a backslash. */
const escapable = new Set('^$?[]{}|\\*+._#=@/;,:-');

/** What may stand for itself between brackets. */
const literals = new Set(' _#=@/;,:$?{}|*+.');

export function singleCharacter(code: number): CharacterSet {
  return { ranges: [[code, code]], beyondAscii: false };
}

/** Reads `\d`, `\x3A` or the backslash and an operator. */
export function parseEscape(reader: PatternReader): CharacterSet {
  const open = reader.at;
  reader.take('\\');
  const { next } = reader;
  const named = namedSets.get(next);
  if (named !== undefined) {
    reader.at++;
    return named;
  }
  if (escapable.has(next) && next !== '') {
    reader.at++;
    return singleCharacter(next.charCodeAt(0));
  }
  if (!reader.take('x')) {
    return reader.fail(`\\d \\D \\s \\S \\w \\W \\xhh or an operator behind the backslash was expected`, open);
  }
  const hex = /^[0-7][0-9A-Fa-f]/.exec(reader.text.slice(reader.at, reader.at + 2))?.[0];
  if (hex === undefined) return reader.fail('two hexadecimal digits from 00 to 7F were expected behind "\\x"', open);
  reader.at += 2;
  return singleCharacter(Number.parseInt(hex, 16));
}

/** Reads `[abc]`, `[a-z]` or `[^a-z\d]`. */
export function parseCharacterClass(reader: PatternReader): CharacterSet {
  const open = reader.at;
  reader.take('[');
  const isNegated = reader.take('^');
  const sets: CharacterSet[] = [];
  while (!reader.take(']')) {
    if (reader.isAtEnd || reader.next === '%') reader.fail('the brackets are not closed: ] is missing', open);
    sets.push(parseClassItem(reader));
  }
  if (sets.length === 0) reader.fail('the brackets have no characters between them', open);
  const union = {
    ranges: sets.flatMap(({ ranges }) => ranges),
    beyondAscii: sets.some(({ beyondAscii }) => beyondAscii),
  };
  return isNegated ? complementOf(union) : union;
}

function parseClassItem(reader: PatternReader): CharacterSet {
  const from = reader.at;
  const low = parseClassCharacter(reader);
  const after = reader.text.charAt(reader.at + 1);
  if (reader.next !== '-' || after === ']' || after === '') return low;
  const lowCode = codeOf(low);
  reader.take('-');
  const highCode = codeOf(parseClassCharacter(reader));
  if (lowCode === null || highCode === null || lowCode > highCode) {
    return reader.fail('a range goes upwards from one character to another', from);
  }
  return { ranges: [[lowCode, highCode]], beyondAscii: false };
}

function parseClassCharacter(reader: PatternReader): CharacterSet {
  const { next } = reader;
  if (next === '\\') return parseEscape(reader);
  const code = next.charCodeAt(0);
  if (!isLetter(code) && !isDigit(code) && next !== '-' && !literals.has(next)) {
    return reader.fail(`${reader.shown} is not supported between brackets; operators stand behind a backslash`);
  }
  reader.at++;
  return singleCharacter(code);
}

function codeOf({ ranges }: CharacterSet): number | null {
  const [range] = ranges;
  return range !== undefined && ranges.length === 1 && range[0] === range[1] ? range[0] : null;
}

function complementOf({ ranges, beyondAscii }: CharacterSet): CharacterSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const complement: Range[] = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) complement.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= 127) complement.push([from, 127]);
  return { ranges: complement, beyondAscii: !beyondAscii };
}
