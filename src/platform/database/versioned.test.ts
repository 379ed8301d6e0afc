import { expect, it } from 'vitest';
import type { Sql } from './database.js';
import { Versioned } from './versioned.js';

const sql = {} as Sql;

/** Something that is stored, and how often it was read. */
function stored() {
  const state = { version: '1', reads: 0 };
  const versioned = new Versioned(
    async () => state.version,
    async () => ({ version: state.version, read: ++state.reads }),
  );
  return { state, versioned };
}

it('is read once for all who ask while its version stays, and they get one object', async () => {
  const { state, versioned } = stored();
  const first = await versioned.current(sql);
  expect(await versioned.current(sql)).toBe(first);
  expect(await Promise.all([versioned.current(sql), versioned.current(sql)])).toEqual([first, first]);
  expect(state.reads).toBe(1);
});

it('is read again when its version is another, a lower one too', async () => {
  const { state, versioned } = stored();
  await versioned.current(sql);
  for (const version of ['2', '10', '9']) {
    state.version = version;
    expect(await versioned.current(sql)).toMatchObject({ version });
  }
  expect(state.reads).toBe(4);
});

it('is one object for those who ask at once for what is new', async () => {
  const { versioned } = stored();
  const [one, other] = await Promise.all([versioned.current(sql), versioned.current(sql)]);
  expect(other).toBe(one);
});

it('that changes between the look at its version and the reading is known by the version that was read', async () => {
  const versions = ['1', '2', '2'];
  let reads = 0;
  const versioned = new Versioned(
    async () => versions.shift() ?? '2',
    async () => ({ version: '2', read: ++reads }),
  );
  const first = await versioned.current(sql);
  expect(first.version).toBe('2');
  expect(await versioned.current(sql)).toBe(first);
  expect(reads).toBe(1);
});

it('that could not be read is read by the next who asks', async () => {
  let reads = 0;
  const versioned = new Versioned(
    async () => '1',
    async () => {
      reads += 1;
      if (reads === 1) throw new Error('the connection is gone');
      return { version: '1' };
    },
  );
  await expect(versioned.current(sql)).rejects.toThrow('the connection is gone');
  expect(await versioned.current(sql)).toEqual({ version: '1' });
});
