import { expect, it } from 'vitest';
import { isUuid } from './uuid.js';

// The form of RFC 9562, which Postgres casts without an error.
it.each([
  ['3f1c0a52-7a55-4d52-9d57-0b0c6f1d2e3a', true],
  ['3F1C0A52-7A55-4D52-9D57-0B0C6F1D2E3A', true],
  ['00000000-0000-0000-0000-000000000000', true],
  ['3f1c0a527a554d529d570b0c6f1d2e3a', false],
  ['3f1c0a52-7a55-4d52-9d57-0b0c6f1d2e3', false],
  ['3f1c0a52-7a55-4d52-9d57-0b0c6f1d2e3g', false],
  ['3f1c0a52-7a55-4d52-9d57-0b0c6f1d2e3a\n', false],
  ['', false],
])('%j is a UUID: %s', (text, expected) => {
  expect(isUuid(text)).toBe(expected);
});
