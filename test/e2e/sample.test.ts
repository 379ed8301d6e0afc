import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, openTestApp } from '../support/app.js';
import { allRead, connectDirectory, countedEvents, everyFeedEvent, everyNode } from '../support/buckets.js';
import { describeUnless } from '../support/describe-unless.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

// Truth: the files themselves, and the sample's own SOURCES.md, which counts its files, records and accounts.
const bucket = join(process.env['CROSSTRAIL_SAMPLE_DIR'] ?? join(process.cwd(), '../shared/data'), 'bucket');
const missing = existsSync(bucket) ? null : `no real log files at ${bucket} (set CROSSTRAIL_SAMPLE_DIR)`;

interface SeenEvent {
  readonly eventID: string;
  readonly account: string;
  readonly rawText: string;
  readonly logFiles: readonly { key: string; source: { id: string } }[];
}

interface SeenFile {
  readonly key: string;
  readonly state: string;
  readonly records: number;
  readonly events: number;
  readonly duplicates: number;
}

/** The JSON of each CloudTrail file, by its key. */
function sampleFiles(): Map<string, string> {
  const paths = readdirSync(bucket, { recursive: true, encoding: 'utf8' });
  const keys = paths.filter((path) => path.includes('/CloudTrail/') && path.endsWith('.gz'));
  return new Map(keys.map((key) => [key, gunzipSync(readFileSync(join(bucket, key))).toString()]));
}

const idOf = (event: { rawText: string }) => String((JSON.parse(event.rawText) as { eventID?: unknown }).eventID);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describeUnless(missing, 'the real log files of the sample, through the whole program', () => {
  let test: TestDatabase;
  let app: Awaited<ReturnType<typeof openTestApp>>;
  let copy: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    app = await openTestApp('all', { databaseUrl: test.url });
    copy = mkdtempSync(join(tmpdir(), 'crosstrail-sample-'));
  });
  afterAll(async () => {
    await app.stop();
    await test.drop();
    rmSync(copy, { recursive: true, force: true });
  });

  const events = () =>
    everyNode<SeenEvent>(app.url, 'events', 'eventID account rawText logFiles { key source { id } }');
  const files = () => everyNode<SeenFile>(app.url, 'logFiles', 'key state records events duplicates');

  it('are read whole: 97 files of 37 accounts, and not the two of AWS Config beside them', async () => {
    await connectDirectory(app.url, bucket);
    await allRead(app.url, 97);
    const seen = await files();
    expect(new Set(seen.map(({ key }) => key))).toEqual(new Set(sampleFiles().keys()));
    expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(['INGESTED']));
    expect(sum(seen.map(({ records }) => records))).toBe(3313);
    expect(await everyNode(app.url, 'accounts', 'accountId')).toHaveLength(37);
  });

  it('give back each record byte for byte as it stands in its file', async () => {
    const seen = await events();
    expect(seen).toHaveLength(3313);
    for (const [key, content] of sampleFiles()) {
      const texts = seen.filter(({ logFiles }) => logFiles.some((file) => file.key === key));
      const ids = (JSON.parse(content) as { Records: { eventID?: string }[] }).Records.map(({ eventID }) => eventID);
      expect(texts.map(idOf).sort()).toEqual(ids.map(String).sort());
      expect(texts.filter(({ rawText }) => !content.includes(rawText))).toEqual([]);
      // All of them with the commas between and what is around them are the file: no byte is missing.
      const bytes = sum(texts.map(({ rawText }) => Buffer.byteLength(rawText) + 1));
      expect(bytes - 1 + '{"Records":[]}'.length).toBe(Buffer.byteLength(content));
    }
  });

  it('come by the feed as they come by time, each once', async () => {
    const fed = await everyFeedEvent<SeenEvent>(app.url, 'eventID account rawText');
    const listed = await events();
    const line = ({ eventID, account, rawText }: SeenEvent) => `${eventID} ${account} ${rawText}`;
    expect(fed.map(line).sort()).toEqual(listed.map(line).sort());
    expect(await countedEvents(app.url)).toBe(3313);
  });

  it('are all known when they come again through another source, and name both files', async () => {
    cpSync(bucket, copy, { recursive: true });
    const second = await connectDirectory(app.url, copy);
    await allRead(app.url, 2 * 97);
    const again = (await files()).filter(({ duplicates }) => duplicates > 0);
    expect(again).toHaveLength(97);
    expect(sum(again.map(({ duplicates }) => duplicates))).toBe(3313);
    expect(sum(again.map((file) => file.events))).toBe(0);
    const seen = await events();
    expect(seen).toHaveLength(3313);
    const wrong = seen.filter(({ logFiles: [one, two, ...more] }) => {
      return one?.key !== two?.key || two?.source.id !== second || more.length > 0;
    });
    expect(wrong).toEqual([]);
    expect(await countedEvents(app.url)).toBe(3313);
    const { events: counted } = await ask<{ events: { totalCount: number } }>(app.url, '{ events { totalCount } }');
    expect(counted.totalCount).toBe(3313);
  });
});
