// With the flag u a whole pair is one character, and only half of one is matched.
const unstorable = /[\0\ud800-\udfff]/u;

/** Whether PostgreSQL can store a text: it holds neither U+0000 nor half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !unstorable.test(text);
}
