import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { A, admin, B, C, callerOf, logKey } from '../../support/collection.js';
import { cloudTrailDelivery, s3Event } from '../../support/notifications.js';
import { type Notified, startNotified } from '../../support/notified.js';

const noon = new Date('2026-11-20T12:00:00Z');
const etag = 'd41d8cd98f00b204e9800998ecf8427e';
let notified: Notified;
let { collection, connect, message, take, rows, shown } = {} as Notified;

beforeAll(async () => {
  notified = await startNotified();
  ({ collection, connect, message, take, rows, shown } = notified);
});
afterAll(() => notified.stop());
beforeEach(() => notified.clear());

const setAside = () =>
  collection.database.query('SELECT message_id, reason, body FROM set_aside_notification ORDER BY id');

describe('messages that are not understood', () => {
  it('are set aside with their reason, once, and counted; the good part of one is kept', async () => {
    const source = await connect();
    const partly = { s3Bucket: 'central', s3ObjectKey: [logKey(A, noon, 'a'), 7] };
    const messages = [message('hello'), message(partly), message('long '.repeat(100_000))];
    const first = await collection.notifications.take(source.id, messages);
    expect(first).toMatchObject({ objects: { collected: 1, ignored: 0 }, setAside: 3, done: messages });
    await collection.notifications.take(source.id, messages);
    expect(await setAside()).toEqual([
      { message_id: messages[0]?.id, reason: 'it is not JSON', body: 'hello' },
      { message_id: messages[1]?.id, reason: 'key 1: it names no key', body: JSON.stringify(partly) },
      { message_id: messages[2]?.id, reason: 'it is not JSON', body: 'long '.repeat(100_000).slice(0, 256 * 1024) },
    ]);
    expect(await rows('1')).toHaveLength(1);
    expect(await shown(source)).toMatchObject({ messagesReceived: 6, messagesSetAside: 3 });
  });

  it.each([
    ['U+0000', 'a\0b', 'ab'],
    ['half of a surrogate pair', 'a\ud800', 'a\ufffd'],
    ['a character that the bound would cut', `${'a'.repeat(256 * 1024 - 1)}é`, 'a'.repeat(256 * 1024 - 1)],
  ])('may hold %s', async (_, body, stored) => {
    const source = await connect();
    await take(source, body);
    expect(await setAside()).toMatchObject([{ body: stored }]);
  });

  it('do not keep others that came with them, also where the database refuses them', async () => {
    const source = await connect();
    // A stored function in place of a defect that nobody has thought of.
    await collection.database.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.key LIKE '%poison%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '22000'; END IF;
        IF NEW.key LIKE '%broken%' THEN RAISE EXCEPTION 'broken' USING ERRCODE = 'XX000'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON log_file FOR EACH ROW EXECUTE FUNCTION refuse()`);
    try {
      const key = (name: string) => s3Event('central', { key: logKey(A, noon, name), size: 1, etag });
      const messages = ['poison', 'good', 'broken'].map((name) => message(key(name)));
      const taken = await collection.notifications.take(source.id, messages);
      expect(taken.done.map(({ id }) => id)).toEqual([messages[0]?.id, messages[1]?.id]);
      expect((await rows('key')).map(({ key }) => key)).toEqual([logKey(A, noon, 'good')]);
      expect(await setAside()).toMatchObject([{ reason: 'what it says cannot be stored' }]);
      expect(await shown(source)).toMatchObject({ messagesReceived: 2, messagesSetAside: 1 });
      await expect(collection.notifications.take(source.id, messages.slice(2))).rejects.toThrow('broken');
    } finally {
      await collection.database.query('DROP FUNCTION refuse CASCADE');
    }
  });

  it('are kept up to a thousand of a source; the counter goes on', async () => {
    const [source, other] = [await connect(), await connect({ bucket: 'other' })];
    await take(other, 'kept');
    for (let batch = 0; batch < 11; batch += 1) await take(source, ...Array.from({ length: 100 }, () => 'x'));
    const newest = message('x');
    await collection.notifications.take(source.id, [newest]);
    const [kept] = await collection.database.query(
      `SELECT count(*)::integer AS count, max(message_id) AS newest FROM set_aside_notification WHERE source_id = $1`,
      [source.id],
    );
    expect(kept).toMatchObject({ count: 1000 });
    expect(await shown(source)).toMatchObject({ messagesSetAside: 1101 });
    const page = (id: string) => collection.setAside.page(admin.accounts, id, { first: 1 });
    expect((await page(source.id))?.nodes[0]?.messageId).toBe(newest.id);
    expect(await (await page(other.id))?.totalCount()).toBe(1);
  });

  it('are listed newest first, in pages that end ahead of time where they are long', async () => {
    const source = await connect();
    for (let index = 0; index < 6; index += 1) await take(source, `${index} ${'x'.repeat(255 * 1024)}`);
    const found: string[][] = [];
    for (let after: string | null = null; ; ) {
      const page = await collection.setAside.page(admin.accounts, source.id, { first: 5, after });
      found.push((page?.nodes ?? []).map(({ body }) => body.slice(0, 1)));
      if (!page?.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(found.flat()).toEqual(['5', '4', '3', '2', '1', '0']);
    expect(found[0]).toHaveLength(4);
  });

  it('are understood when they are tried again after an upgrade; the others stay, with their new reason', async () => {
    const source = await connect();
    await take(source, 'hello', 'was not understood', { s3Bucket: 'central', s3ObjectKey: [7] });
    const read = cloudTrailDelivery('central', logKey(A, noon, 'a'), 'x');
    await collection.database.query(
      `UPDATE set_aside_notification SET reason = 'old', body = replace(body, 'was not understood', $1)`,
      [JSON.stringify(read)],
    );
    const answer = await collection.setAside.retry(admin, source.id);
    expect(answer).toMatchObject({ understood: 1, left: 2, source: { id: source.id, objectsIgnored: 1 } });
    expect(await setAside()).toMatchObject([{ reason: 'it is not JSON' }, { reason: 'key 0: it names no key' }]);
    expect(await rows('account_id')).toEqual([{ account_id: A }]);
    expect(collection.audited.at(-1)).toEqual(
      expect.objectContaining({ action: 'retrySetAsideNotifications', target: source.id, accountIds: [A, B] }),
    );
  });

  it('are not there for a token that does not cover every account of the source', async () => {
    const source = await connect();
    await take(source, 'hello');
    const { setAside } = collection;
    for (const caller of [callerOf([A]), callerOf([C]), callerOf([])]) {
      expect(await setAside.page(caller.accounts, source.id, {})).toBeNull();
      await expect(setAside.retry(caller, source.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await setAside.page(callerOf([A, B]).accounts, source.id, {})).not.toBeNull();
    expect(await setAside.page(admin.accounts, 'x', {})).toBeNull();
  });
});
