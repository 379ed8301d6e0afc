/** Whether the text is the parts in their order with anything between them. Linear in the length of the text. */
export type WildcardTest = (text: string) => boolean;

/** Up to this length `indexOf` takes at most so many steps for each character; beyond, only an own search is linear. */
const shortPart = 16;

type Find = (text: string, from: number) => number;

/** @param parts the texts between the asterisks; one part alone is the whole text */
export function compileWildcard(parts: readonly string[]): WildcardTest {
  const head = parts[0] ?? '';
  if (parts.length < 2) return (text) => text === head;
  const tail = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).map((part) => ({ length: part.length, find: finderOf(part) }));
  const least = parts.reduce((sum, part) => sum + part.length, 0);
  return (text) => {
    if (text.length < least || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let at = head.length;
    for (const { length, find } of middle) {
      // The first place is as good as any: it leaves the most for the parts behind it.
      const found = find(text, at);
      if (found < 0) return false;
      at = found + length;
    }
    return at <= text.length - tail.length;
  };
}

function finderOf(part: string): Find {
  if (part.length <= shortPart) return (text, from) => text.indexOf(part, from);
  const fallbacks = fallbacksOf(part);
  return (text, from) => findLong(part, fallbacks, text, from);
}

/** For each length of a match so far, the next shorter one that its end could be (Knuth, Morris and Pratt). */
function fallbacksOf(part: string): Uint32Array {
  const fallbacks = new Uint32Array(part.length + 1);
  let matched = 0;
  for (let at = 1; at < part.length; at++) {
    while (matched > 0 && part.charCodeAt(at) !== part.charCodeAt(matched)) matched = fallbacks[matched] as number;
    if (part.charCodeAt(at) === part.charCodeAt(matched)) matched++;
    fallbacks[at + 1] = matched;
  }
  return fallbacks;
}

function findLong(part: string, fallbacks: Uint32Array, text: string, from: number): number {
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    while (matched > 0 && code !== part.charCodeAt(matched)) matched = fallbacks[matched] as number;
    if (code === part.charCodeAt(matched) && ++matched === part.length) return at + 1 - matched;
  }
  return -1;
}
