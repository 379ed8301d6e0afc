import { expect, it } from 'vitest';
import { isPlainAddress } from '../../src/formats/cloudtrail/source-address.js';
import { storedText } from '../../src/formats/cloudtrail/stored-text.js';
import { Random } from '../../src/lib/random.js';
import { withDatabase } from '../support/test-database.js';

/** Addresses with runs of zeros in every place, and some that are none. */
function addresses(): string[] {
  const random = new Random('addresses');
  const group = () => (random.chance(0.6) ? '0' : random.hex(random.between(1, 4)));
  const full = Array.from({ length: 400 }, () => Array.from({ length: 8 }, group).join(':'));
  const quads = Array.from({ length: 100 }, () => Array.from({ length: 4 }, () => random.below(300)).join('.'));
  const short = full.map((text) => text.replace(/(^|:)0(:0)+(:|$)/, '::').replace(/(^|:)0+(?=[0-9a-f])/g, '$1'));
  return [...full, ...short, ...quads, '::', '::1', '::2', '::ffff:1.2.3.4', '::ffff:102:304', '::1.2.3.4', '0.0.0.0'];
}

it('takes for an address exactly what Postgres prints back as it was written', async () => {
  await withDatabase(async ({ database }) => {
    const plain = addresses().filter(isPlainAddress);
    expect(plain.filter((text) => text.includes(':')).length).toBeGreaterThan(100);
    const rows = await database.query<{ printed: string }>(
      'SELECT host(text::inet) AS printed FROM unnest($1::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place',
      [plain],
    );
    expect(rows.map(({ printed }) => printed)).toEqual(plain);
  });
});

it('stores whatever text a record holds', async () => {
  await withDatabase(async ({ database }) => {
    const random = new Random('texts');
    const unit = () => random.pick(['\0', 'a', 'ü', '\ud83d', '\ude00', '\u{1f600}', '\uffff', '\\', '\n', '€']);
    const texts = Array.from({ length: 500 }, () => Array.from({ length: random.below(1500) }, unit).join(''));
    const stored = texts.map((text) => storedText(text, true));
    const rows = await database.query<{ text: string }>(
      'SELECT text FROM unnest($1::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place',
      [stored],
    );
    expect(rows.map(({ text }) => text)).toEqual(stored);
  });
});

it('keeps the longest event name within what an index can hold', async () => {
  await withDatabase(async ({ database }) => {
    const random = new Random('names');
    // Nothing that Postgres could compress.
    const name = storedText(
      Array.from({ length: 3000 }, () => String.fromCodePoint(random.between(0x4e00, 0x9fff))).join(''),
      false,
    );
    const batch = `INSERT INTO event (event_time, batch_id, log_file_id, record_hash, ordinal, has_error, event_id, account_id, event_name)
      VALUES (now(), 1, 1, 1, 1, false, gen_random_uuid(), '111122223333', $1) RETURNING event_name`;
    expect(await database.query(batch, [name])).toEqual([{ event_name: name }]);
    expect(Buffer.byteLength(name ?? '')).toBeGreaterThan(1000);
  });
});
