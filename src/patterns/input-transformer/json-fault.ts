/** What may come next; `after` is what follows a value within brackets, or at the end. */
type Place = 'value' | 'first element' | 'first name' | 'name' | 'colon' | 'after';

const space = /[ \t\n\r]*/y;
/** A string without its closing quote. */
const string = /"(?:[\x20\x21\x23-\x5b\x5d-\uffff]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*/y;
const bare = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null/y;

/**
 * Where a text stops being JSON: the offset of the first character that cannot stand there, or the text's length where it
 * ends too early. Null for JSON. (What JSON.parse says of it names the place in some versions of Node, and for some
 * faults.)
 */
export function jsonFault(text: string): number | null {
  const open: ('{' | '[')[] = [];
  let place = 'value' as Place;
  let at = 0;
  for (;;) {
    at += lengthAt(space, text, at);
    if (place === 'after' && open.length === 0) return at === text.length ? null : at;
    const next: Place | null = placeAfter(text[at], place, open);
    if (next === null) {
      const { end, isGood } = scalarAt(text, at, place);
      if (!isGood) return end;
      at = end;
      place = place === 'name' || place === 'first name' ? 'colon' : 'after';
    } else {
      at++;
      place = next;
    }
  }
}

/** A string, number or word, and whether it is whole and may stand there. */
function scalarAt(text: string, at: number, place: Place): { end: number; isGood: boolean } {
  if (place === 'colon' || place === 'after') return { end: at, isGood: false };
  if (text[at] === '"') {
    const end = at + lengthAt(string, text, at);
    return text[end] === '"' ? { end: end + 1, isGood: true } : { end, isGood: false };
  }
  const length = place === 'name' || place === 'first name' ? 0 : lengthAt(bare, text, at);
  return { end: at + length, isGood: length > 0 };
}

/** Takes a bracket, comma or colon; null where the character is none that may stand there. */
function placeAfter(character: string | undefined, place: Place, open: ('{' | '[')[]): Place | null {
  const isValue = place === 'value' || place === 'first element';
  const isObject = open.at(-1) === '{';
  switch (character) {
    case '{':
    case '[':
      if (!isValue) return null;
      open.push(character);
      return character === '{' ? 'first name' : 'first element';
    case '}':
      return isObject && (place === 'after' || place === 'first name') ? closed(open) : null;
    case ']':
      return !isObject && (place === 'after' || place === 'first element') ? closed(open) : null;
    case ',':
      if (place !== 'after') return null;
      return isObject ? 'name' : 'value';
    case ':':
      return place === 'colon' ? 'value' : null;
    default:
      return null;
  }
}

function closed(open: unknown[]): Place {
  open.pop();
  return 'after';
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
