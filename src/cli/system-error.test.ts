import { createServer } from 'node:net';
import pg from 'pg';
import { expect, it } from 'vitest';
import { explainSystemError } from './system-error.js';

/** Codes as Node and PostgreSQL (Appendix A of its manual) give them. */
it.each([
  [{ code: 'EADDRINUSE', address: '127.0.0.1', port: 4000 }, /127\.0\.0\.1:4000 already: set PORT/],
  [{ code: 'EACCES', address: '127.0.0.1', port: 80 }, /set PORT above 1023/],
  [{ code: 'EADDRNOTAVAIL', address: '203.0.113.1', port: 4000 }, /correct HOST/],
  [{ code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 }, /Nothing answers at 127\.0\.0\.1:5432/],
  [{ code: 'ENOTFOUND' }, /correct the host/],
  [{ code: 'ETIMEDOUT', address: '203.0.113.1', port: 5432 }, /No answer in time/],
  [{ code: '28P01' }, /refuses DATABASE_URL/],
  [{ code: '3D000' }, /refuses DATABASE_URL/],
])('explains %j to whoever started the program', (fields, words) => {
  expect(explainSystemError(Object.assign(new Error('it went wrong'), fields))).toMatch(words);
});

it.each([new Error('a defect'), Object.assign(new Error('x'), { code: '42601' }), 'text', null])(
  'leaves %s to developers',
  (error) => {
    expect(explainSystemError(error)).toBeNull();
  },
);

it('explains a database that is not there, as pg tells of it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const client = new pg.Client({ connectionString: `postgres://nobody@localhost:${port}/none` });
  const error = await client.connect().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(explainSystemError(error)).toMatch(/Nothing answers/);
});
