import { expect, it } from 'vitest';
import { readableJson } from './answer.js';

it.each([
  { value: null, width: 10, text: 'null' },
  { value: {}, width: 10, text: '{}' },
  { value: [], width: 10, text: '[]' },
  { value: { a: 1, b: ['x'] }, width: 30, text: '{ "a": 1, "b": ["x"] }' },
  { value: { a: 1, b: 'x' }, width: 10, text: '{\n  "a": 1,\n  "b": "x"\n}' },
  {
    value: {
      nodes: [
        { a: 1, b: 2 },
        { a: 3, b: null },
      ],
    },
    width: 26,
    text: '{\n  "nodes": [\n    { "a": 1, "b": 2 },\n    { "a": 3, "b": null }\n  ]\n}',
  },
])('$value in $width columns', ({ value, width, text }) => {
  const shown = readableJson(value, width);
  expect(shown).toBe(text);
  expect(JSON.parse(shown)).toEqual(value);
});
