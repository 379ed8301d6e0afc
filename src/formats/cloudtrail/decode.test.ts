import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DecodeLimits, type DecodeSummary, decodeLogFile, LogFileError, type RecordSlice } from './decode.js';

interface Decoded {
  readonly slices: RecordSlice[];
  readonly summary: DecodeSummary | null;
  readonly error: unknown;
}

/** Everything a file gives, up to its end or its fault. */
async function decode(pieces: Iterable<Uint8Array>, limits?: Partial<DecodeLimits>): Promise<Decoded> {
  const slices: RecordSlice[] = [];
  const batches = decodeLogFile(pieces, limits);
  try {
    for (;;) {
      const next = await batches.next();
      if (next.done) return { slices, summary: next.value, error: null };
      slices.push(...next.value);
    }
  } catch (error) {
    return { slices, summary: null, error };
  }
}

function raws({ slices }: Decoded): string[] {
  return slices.map(({ raw }) => raw.toString());
}

const records = Array.from({ length: 500 }, (_, index) => `{"eventID":"${index}","note":"${'ü'.repeat(index % 90)}"}`);
const json = Buffer.from(`{"Records":[${records.join(',')}]}`);
const zipped = gzipSync(json);

it.each([
  ['gzip', [zipped]],
  ['gzip, byte by byte', Array.from(zipped, (byte) => Buffer.of(byte))],
  ['gzip behind an empty piece', [Buffer.alloc(0), zipped]],
  ['gzip in two members', [gzipSync(json.subarray(0, 700)), gzipSync(json.subarray(700))]],
  ['plain JSON', [json]],
  ['plain JSON, byte by byte', Array.from(json, (byte) => Buffer.of(byte))],
  ['plain JSON with a byte order mark', [Buffer.from([0xef, 0xbb, 0xbf]), json]],
])('reads a file of %s', async (_, pieces) => {
  const decoded = await decode(pieces);
  expect(decoded.error).toBeNull();
  expect(decoded.summary).toMatchObject({ records: 500, problems: [], problemCount: 0 });
  expect(raws(decoded)).toEqual(records);
  expect(decoded.slices.map(({ record }) => record)).toEqual(JSON.parse(json.toString()).Records);
});

it('reads two log files that were written one after the other', async () => {
  const decoded = await decode([gzipSync('{"Records":[{"a":1}]}'), gzipSync('{"Records":[{"b":2}]}')]);
  expect(raws(decoded)).toEqual(['{"a":1}', '{"b":2}']);
});

it('reads a file without records', async () => {
  expect(await decode([gzipSync('{"Records":[]}')])).toEqual({
    slices: [],
    summary: expect.objectContaining({ records: 0, problems: [], problemCount: 0 }),
    error: null,
  });
});

it('sets aside what is no record and goes on', async () => {
  const deep = '['.repeat(21) + ']'.repeat(21);
  const text = `{"Records":[{"a":1},nope,{"a":},"text",null,[{}],,${deep},{"big":"${'x'.repeat(200)}"},{"b":2}]}`;
  const decoded = await decode([gzipSync(text)], { maxRecordBytes: 100, maxRecordDepth: 20 });
  expect(raws(decoded)).toEqual(['{"a":1}', '{"b":2}']);
  expect(decoded.summary).toMatchObject({
    records: 2,
    problemCount: 8,
    problems: [
      { index: 1, position: text.indexOf('nope'), reason: 'the record is not valid JSON' },
      { index: 2, position: text.indexOf('{"a":}'), reason: 'the record is not valid JSON' },
      { index: 3, position: text.indexOf('"text"'), reason: 'the record is not a JSON object' },
      { index: 4, position: text.indexOf('null'), reason: 'the record is not a JSON object' },
      { index: 5, position: text.indexOf('[{}]'), reason: 'the record is not a JSON object' },
      { index: 6, position: text.indexOf(',,') + 1, reason: 'there is nothing where a record should stand' },
      { index: 7, position: text.indexOf('[['), reason: 'the record is nested deeper than 20 levels' },
      { index: 8, position: text.indexOf('{"big"'), reason: 'the record is larger than 100 bytes' },
    ],
  });
});

it('keeps 20 problems and counts the rest', async () => {
  const { summary } = await decode([Buffer.from(`{"Records":[${'7,'.repeat(1000)}{}]}`)]);
  expect(summary?.problems).toHaveLength(20);
  expect(summary).toMatchObject({ records: 1, problemCount: 1000 });
});

const flipped = Buffer.from(zipped);
flipped.writeUInt8(flipped.readUInt8(zipped.length - 8) ^ 1, zipped.length - 8);

it.each<[string, Uint8Array[], string, number]>([
  ['without a byte', [], 'the file is empty', 0],
  ['of gzip around nothing', [gzipSync('')], 'the gzip data holds nothing', 0],
  ['of one byte', [Buffer.from('x')], 'the file is neither gzip nor JSON', 0],
  ['of random bytes', [Buffer.from([0x8f, 0x13, 0x00, 0xff])], 'the file is neither gzip nor JSON', 0],
  [
    'that is an error page',
    [Buffer.from('\n<!DOCTYPE html><html>')],
    'the file is an HTML or XML page, not a log file',
    1,
  ],
  [
    'that is a gzipped error page',
    [gzipSync('<?xml version="1.0"?>')],
    'the file is an HTML or XML page, not a log file',
    0,
  ],
  [
    'that is a list of records',
    [gzipSync('[{"eventID":"1"}]')],
    'the file is a JSON array, not an object with "Records"',
    0,
  ],
  ['that was compressed twice', [gzipSync(zipped)], 'the file is gzip within gzip', 0],
  ['without records', [gzipSync('{"logFiles":[]}')], 'there is no "Records" array in it', 15],
  ['of white space', [Buffer.from('  ')], 'there is no "Records" array in it', 2],
  ['of gzip whose check sum is wrong', [flipped], 'the gzip data is damaged (incorrect data check)', json.length],
  ['of gzip without its end', [zipped.subarray(0, -3)], 'the gzip data is cut short', json.length],
])('says what is wrong with a file %s', async (_, pieces, reason, position) => {
  const { error } = await decode(pieces);
  expect(error).toBeInstanceOf(LogFileError);
  expect(error).toMatchObject({ reason, position });
});

it.each([0.1, 0.5, 0.9])(
  'gives out the records before the place, %d of the file, where gzip was cut',
  async (share) => {
    const cut = zipped.subarray(0, Math.floor(zipped.length * share));
    const { slices, error } = await decode([cut]);
    expect(error).toMatchObject({ name: 'LogFileError', reason: 'the gzip data is cut short' });
    const { position } = error as LogFileError;
    // Truth: how many whole records stand in as many bytes of the JSON as zlib could win.
    const won = json.subarray(0, position).toString();
    expect(slices.map(({ raw }) => raw.toString())).toEqual(records.filter((record) => won.includes(record)));
    expect(slices.length).toBeGreaterThan(500 * share * 0.3);
  },
);

it('gives out every record before the place where JSON was cut', async () => {
  for (const kept of [0, 1, 250, 499]) {
    const end = json.indexOf(`{"eventID":"${kept}"`) + 5;
    const decoded = await decode([gzipSync(json.subarray(0, end))]);
    expect(raws(decoded)).toEqual(records.slice(0, kept));
    expect(decoded.error).toMatchObject({ reason: 'the JSON is cut short', position: end });
  }
});

it('gives out every record before the place where JSON goes wrong', async () => {
  const decoded = await decode([gzipSync('{"Records":[{"a":1},{"b":2} {"c":3}]}')]);
  expect(raws(decoded)).toEqual(['{"a":1}', '{"b":2}']);
  expect(decoded.error).toMatchObject({ reason: '"{" stands where "," or "]" was expected', position: 28 });
});

it('gives out every record before damage in a small file', async () => {
  const damaged = Buffer.concat([zipped, Buffer.from('garbage')]);
  const decoded = await decode([damaged]);
  expect(raws(decoded)).toEqual(records);
  expect(decoded.error).toMatchObject({ reason: 'the gzip data is damaged (incorrect header check)' });
});

it('stops at the limit of what a file may hold, however small it was compressed', async () => {
  const bomb = gzipSync(`{"Records":[{"a":1},{"b":"${' '.repeat(50_000_000)}"}]}`);
  const decoded = await decode([bomb], { maxFileBytes: 1_000_000 });
  expect(raws(decoded)).toEqual(['{"a":1}']);
  expect(decoded.error).toMatchObject({
    reason: 'the file holds more than 1000000 bytes of JSON',
    position: 1_000_000,
  });
});

it('lets errors of the source pass as they are', async () => {
  const lost = new Error('connection reset');
  function* source() {
    yield zipped.subarray(0, 2000);
    throw lost;
  }
  const { slices, error } = await decode(source());
  expect(error).toBe(lost);
  expect(slices.length).toBeGreaterThan(0);
});

it.each([
  ['plain JSON', json.subarray(0, 5000)],
  ['gzip', zipped.subarray(0, 3000)],
])('closes a source of %s when the reader stops early', async (_, start) => {
  let closed = false;
  function* source() {
    try {
      for (;;) yield start;
    } finally {
      closed = true;
    }
  }
  for await (const batch of decodeLogFile(source())) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(closed).toBe(true);
});

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest();

// The hash that CloudTrail's digests give: of the uncompressed content.
it('hashes what the gzip holds, whatever becomes of the records', async () => {
  const text = `{"Records":[${'{"a":1},'.repeat(40_000)}{"a":2}]}`;
  const whole = await decode([gzipSync(text)]);
  expect(Buffer.from(whole.summary?.sha256 ?? [])).toEqual(sha256(text));
  const odd = `{"Records":[{"a":1}]}oops${' '.repeat(600_000)}`;
  const broken = await decode([gzipSync(odd)]);
  expect(broken.error).toBeInstanceOf(LogFileError);
  expect(Buffer.from((broken.error as LogFileError).sha256 ?? [])).toEqual(sha256(odd));
  const cut = await decode([gzipSync(odd).subarray(0, -12)]);
  expect((cut.error as LogFileError).sha256).toBeNull();
});
