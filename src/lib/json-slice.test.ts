import { expect, it, vi } from 'vitest';
import { type JsonSlice, JsonSlicer, type JsonSlicerOptions, JsonStructureError } from './json-slice.js';

const options = { property: 'Records', maxElementBytes: 1000, maxElementDepth: 10 };

function slice(pieces: readonly Uint8Array[], limits: Partial<JsonSlicerOptions> = {}): JsonSlice[] {
  const slicer = new JsonSlicer({ ...options, ...limits });
  const slices: JsonSlice[] = [];
  for (const piece of pieces) slicer.push(piece, slices);
  slicer.end();
  return slices;
}

function texts(slices: readonly JsonSlice[]): (string | null)[] {
  return slices.map(({ raw, fault }) => raw?.toString() ?? fault);
}

// Truth: the JSON grammar (RFC 8259); each element must be the text between its neighbours' commas.
const documents: [name: string, document: string, elements: string[]][] = [
  ['no elements', '{"Records":[]}', []],
  ['one element', '{"Records":[{"a":1}]}', ['{"a":1}']],
  ['white space anywhere', ' \n{ "Records"\t:\r\n[ {"a": 1 } ,\n\t{ } ] } \n', ['{"a": 1 }', '{ }']],
  ['a byte order mark', '\ufeff{"Records":[{}]}', ['{}']],
  [
    'brackets and quotes in strings',
    '{"Records":[{"a":"}]\\"{[","b":"\\\\"},{"c":"\\\\\\""}]}',
    ['{"a":"}]\\"{[","b":"\\\\"}', '{"c":"\\\\\\""}'],
  ],
  ['nested arrays and objects', '{"Records":[{"a":[[{"b":[]}],[]]},{"c":{}}]}', ['{"a":[[{"b":[]}],[]]}', '{"c":{}}']],
  ['characters of several bytes', '{"Records":[{"ü":"€😀"},"ß"]}', ['{"ü":"€😀"}', '"ß"']],
  [
    'elements that are no objects',
    '{"Records":[1,-2.5e3 ,true,null,"x,]",[1,[2]],{}]}',
    ['1', '-2.5e3', 'true', 'null', '"x,]"', '[1,[2]]', '{}'],
  ],
  [
    'other properties around it',
    '{"a":1,"b":"Records","c":{"Records":[7]},"d":[{"Records":[8]}],"Records":[{"e":2}],"f":[9],"g":null}',
    ['{"e":2}'],
  ],
  ['its name in escapes', '{"R\\u0065cords":[{"a":1}]}', ['{"a":1}']],
  ['its name as an ending', '{"x\\"Records":[1],"xRecords":[2],"Records":[3]}', ['3']],
  ['its name with another value before', '{"Records":{"Records":[1]},"Records":[2]}', ['2']],
  ['several documents', '{"Records":[{"a":1}]}\n{"Records":[{"b":2}]}{"Records":[]}', ['{"a":1}', '{"b":2}']],
  ['nothing between commas', '{"Records":[{},,{},]}', ['{}', '', '{}', '']],
  ['paired but bad JSON', '{"Records":[{"a":},{nope},{"b":1}]}', ['{"a":}', '{nope}', '{"b":1}']],
];

it.each(documents)('finds the elements in a document with %s', (_, document, elements) => {
  expect(texts(slice([Buffer.from(document)]))).toEqual(elements);
});

it.each(documents)(
  'finds the same wherever a document with %s is cut in two or three, or byte by byte',
  (_, document) => {
    const bytes = Buffer.from(document);
    const whole = slice([bytes]);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(slice(pieces), `cut at ${first} and ${second}`).toEqual(whole);
      }
    }
    expect(slice(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
  },
);

it('tells the place and the number of each element', () => {
  const document = '{ "Records" : [ {"ü":1} , 2,\n[3] ]}';
  const found = slice([Buffer.from(document)]);
  expect(found.map(({ index }) => index)).toEqual([0, 1, 2]);
  for (const { position, raw } of found) {
    expect(Buffer.from(document).subarray(position, position + (raw?.length ?? 0))).toEqual(raw);
  }
});

it('gives out bytes that stay when the input buffer is reused', () => {
  const slicer = new JsonSlicer(options);
  const slices: JsonSlice[] = [];
  const reused = Buffer.alloc(23);
  const document = Buffer.from('{"Records":[{"a":1},{"b":2},{"c":[3,4]}]}');
  for (let at = 0; at < document.length; at += reused.length) {
    const length = document.copy(reused, 0, at, at + reused.length);
    slicer.push(reused.subarray(0, length), slices);
    reused.fill('#');
  }
  expect(texts(slices)).toEqual(['{"a":1}', '{"b":2}', '{"c":[3,4]}']);
});

it.each([1, 7, 64, 5000])('skips an element that is too large, in pieces of %i bytes', (size) => {
  const large = `{"a":"${'x'.repeat(1000)}"}`;
  const document = Buffer.from(`{"Records":[{"b":1},${large},${'9'.repeat(1001)},{"c":2}]}`);
  const pieces: Buffer[] = [];
  for (let at = 0; at < document.length; at += size) pieces.push(document.subarray(at, at + size));
  expect(texts(slice(pieces))).toEqual(['{"b":1}', 'too-large', 'too-large', '{"c":2}']);
});

it('takes an element of exactly the largest size', () => {
  const element = `"${'x'.repeat(998)}"`;
  expect(texts(slice([Buffer.from(`{"Records":[${element}]}`)]))).toEqual([element]);
  expect(texts(slice([Buffer.from(`{"Records":[${element}]}`)], { maxElementBytes: 999 }))).toEqual(['too-large']);
});

it('skips an element that is nested too deep', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const found = slice([Buffer.from(`{"Records":[${nested(10)},${nested(11)},{}]}`)]);
  expect(texts(found)).toEqual([nested(10), 'too-deep', '{}']);
});

it.each([
  ['nothing', '', 'there is no "Records" array in it', 0],
  ['an empty object', '{}', 'there is no "Records" array in it', 2],
  ['a property of that name that is no array', '{"Records":null}', 'there is no "Records" array in it', 16],
  ['a document that ends in an element', '{"Records":[{"a":1},{"b"', 'the JSON is cut short', 24],
  ['a document that ends in an escape', '{"Records":[{"a":"\\', 'the JSON is cut short', 19],
  ['a document without its last brace', '{"Records":[{"a":1}]', 'the JSON is cut short', 20],
  ['a page of HTML', '<html>', '"<" stands where a JSON object was expected', 0],
  ['an array at the top', ' [{}]', '"[" stands where a JSON object was expected', 1],
  ['binary data', '\u0001\u0002', 'byte 0x1 stands where a JSON object was expected', 0],
  ['something after the document', '{"Records":[]} x', '"x" stands where the end was expected', 15],
  ['a missing comma', '{"Records":[{"a":1} {"b":2}]}', '"{" stands where "," or "]" was expected', 20],
  ['a missing colon', '{"Records"[]}', '"[" stands where ":" was expected', 10],
  ['a name without quotes', '{Records:[]}', '"R" stands where a property name was expected', 1],
  ['a comma before the last brace', '{"Records":[],}', '"}" stands where a property name was expected', 14],
])('says what is wrong with %s', (_, document, reason, position) => {
  for (const pieces of [[Buffer.from(document)], Array.from(Buffer.from(document), (byte) => Buffer.of(byte))]) {
    expect(() => slice(pieces)).toThrow(new JsonStructureError(reason, position));
  }
});

it('is not misled by the end of a name too long to keep', () => {
  const pieces = [`{"${'x'.repeat(300)}\\`, '"Records":[1],"Records":[2]}'];
  expect(texts(slice(pieces.map((piece) => Buffer.from(piece))))).toEqual(['2']);
});

it('has given out what stands before a fault', () => {
  const slicer = new JsonSlicer(options);
  const slices: JsonSlice[] = [];
  expect(() => slicer.push(Buffer.from('{"Records":[{"a":1},{"b":2} oops'), slices)).toThrow(JsonStructureError);
  expect(texts(slices)).toEqual(['{"a":1}', '{"b":2}']);
});

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

// What begins like an element, but is none: in a string, in an array within an element, in an element that is no JSON.
it.each([
  ...documents.map(([name, document]): [string, string] => [name, document]),
  ['elements that begin alike', `{"Records":[${'{"eventVersion":"1.0"},'.repeat(5)}{"eventVersion":"2"}]}`],
  ['white space before each comma', `{"Records":[${'{"eventVersion":"1.0"}\n ,'.repeat(5)}{"eventVersion":"2"}]}`],
  [
    'elements within an element',
    `{"Records":[{"eventVersion":"1","a":[{"x":1},{"eventVersion":"2"}]},{"eventVersion":"3"}]}`,
  ],
  [
    'an element within a text',
    `{"Records":[{"eventVersion":"1"},{"eventVersion":"2","a":"},{\\"eventVersion\\":"},{"eventVersion":"3"}]}`,
  ],
  [
    'one that is no JSON',
    `{"Records":[{"eventVersion":"1"},{"eventVersion":oops},{"eventVersion":"3"},{"eventVersion":"4"}]}`,
  ],
])('finds %s by their beginnings as by following every byte', (_name, document) => {
  const bytes = Buffer.from(document);
  for (const size of [bytes.length, 61, 23]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const read = slice(pieces, { read: readJson });
    expect(texts(read)).toEqual(texts(slice(pieces)));
    expect(read.map(({ position }) => position)).toEqual(slice(pieces).map(({ position }) => position));
    for (const { raw, value } of read) if (value !== undefined) expect(value).toEqual(readJson(raw as Buffer));
  }
});

it('searches no byte twice for where elements begin, however they are joined', () => {
  const bytes = Buffer.from(
    `{"Records":[${Array.from({ length: 2000 }, () => '{"a":1,"b":"0123456789"}').join(',\n')}]}`,
  );
  const search = vi.spyOn(Buffer.prototype, 'indexOf');
  try {
    expect(slice([bytes], { read: readJson })).toHaveLength(2000);
    expect(search.mock.calls.length).toBeLessThan(3);
  } finally {
    search.mockRestore();
  }
});
