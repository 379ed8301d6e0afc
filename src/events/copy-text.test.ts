import { expect, it } from 'vitest';
import { copyText } from './copy-text.js';

// PostgreSQL documentation, COPY, "Text Format".
it.each([
  ['nothing', null, '\\N'],
  ['an empty text', '', ''],
  ['plain text', 'RunInstances', 'RunInstances'],
  ['what reads like NULL', '\\N', '\\\\N'],
  ['what reads like the end of the data', '\\.', '\\\\.'],
  ['separators', 'a\tb\nc\rd', 'a\\tb\\nc\\rd'],
  ['other controls', '\b\f\v', '\\b\\f\\v'],
  ['text beyond ASCII', 'Zürich 🏔', 'Zürich 🏔'],
])('writes %s so that COPY reads it back', (_name, value, expected) => {
  expect(copyText(value)).toBe(expected);
});
