import type { Selector, SelectorStep } from './filter-pattern.js';
import { isDigit, isWordCharacter, type PatternReader } from './pattern-reader.js';

/** Of the digits of an index: no array has more elements. */
const maxIndexLength = 9;

/**
 * Reads `$.name`, `$.['name with.dots']`, `[0]`, `[*]` and `.*`, one behind the other.
 *
 * Elements follow a member, so `$[0]` is refused: "Property selectors", user guide.
 */
export function parseSelector(reader: PatternReader): Selector {
  const from = reader.at;
  if (!reader.take('$')) reader.fail(`a selector was expected instead of ${reader.shown}: "$.name"`);
  if (reader.next !== '.') reader.fail('a selector goes on behind "$" with ".name" or ".[\'name\']"');
  const steps: SelectorStep[] = [];
  let wildcards = 0;
  while (reader.next === '.' || reader.next === '[') {
    const { at } = reader;
    const step = reader.take('.') ? parseMember(reader) : parseBracket(reader);
    if (step.kind === 'any-element' || step.kind === 'any-member') wildcards++;
    if (wildcards > 1) reader.fail('a selector may have one wildcard only', at);
    steps.push(step);
  }
  return { text: reader.text.slice(from, reader.at), steps };
}

/** Whether a wildcard is among the steps, so that there can be several values. */
export function hasWildcard({ steps }: Selector): boolean {
  return steps.some(({ kind }) => kind === 'any-element' || kind === 'any-member');
}

function parseMember(reader: PatternReader): SelectorStep {
  if (reader.take('*')) return { kind: 'any-member' };
  if (reader.next === '[') {
    if (reader.text.charAt(reader.at + 1) !== "'") reader.fail('a name in single quotes was expected behind ".["');
    return parseBracket(reader);
  }
  const key = reader.takeWhile((code) => isWordCharacter(code) || code === 0x2d);
  if (key === '') {
    reader.fail(
      `a name of letters, digits, "_" and "-" was expected instead of ${reader.shown}; other names are written ` +
        '".[\'name\']", any name "*"',
    );
  }
  return { kind: 'member', key };
}

function parseBracket(reader: PatternReader): SelectorStep {
  const open = reader.at;
  reader.take('[');
  const step = parseBracketed(reader);
  if (!reader.take(']')) reader.fail(`"]" was expected instead of ${reader.shown}, for "[" at position ${open}`);
  return step;
}

function parseBracketed(reader: PatternReader): SelectorStep {
  if (reader.take('*')) return { kind: 'any-element' };
  if (reader.take("'")) return parseQuotedName(reader);
  const { at } = reader;
  const digits = reader.takeWhile(isDigit);
  if (digits === '') reader.fail(`an index, "*" or a name in single quotes was expected instead of ${reader.shown}`);
  if (digits.length > maxIndexLength) reader.fail(`an index has ${maxIndexLength} digits at most`, at);
  return { kind: 'element', index: Number(digits) };
}

function parseQuotedName(reader: PatternReader): SelectorStep {
  const close = reader.text.indexOf("'", reader.at);
  if (close < 0) reader.fail("the name is not closed: ' is missing", reader.at - 1);
  const key = reader.text.slice(reader.at, close);
  if (key === '') reader.fail('a name was expected between the quotes');
  reader.at = close + 1;
  return { kind: 'member', key };
}
