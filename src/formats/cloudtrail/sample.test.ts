import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { describeUnless } from '../../../test/support/describe-unless.js';
import { decodeLogFile, type RecordSlice } from './decode.js';
import { type LogKey, parseLogKey } from './log-key.js';
import { toCloudTrailEvent } from './record-to-event.js';

// Truth: the sample's own SOURCES.md, which counts its files, records and accounts.
const directory = process.env['CROSSTRAIL_SAMPLE_DIR'] ?? join(process.cwd(), '../shared/data');
const bucket = join(directory, 'bucket');
const missing = existsSync(bucket) ? null : `no real log files at ${bucket} (set CROSSTRAIL_SAMPLE_DIR)`;

interface SampleFile {
  readonly path: string;
  readonly key: LogKey;
}

function sampleFiles(): SampleFile[] {
  const paths = readdirSync(bucket, { recursive: true, encoding: 'utf8' });
  return paths.flatMap((path) => {
    const key = parseLogKey(path);
    return key ? [{ path: join(bucket, path), key }] : [];
  });
}

async function slicesOf(path: string): Promise<RecordSlice[]> {
  const slices: RecordSlice[] = [];
  // Small pieces: records and gzip blocks span them.
  for await (const batch of decodeLogFile(createReadStream(path, { highWaterMark: 1000 }))) slices.push(...batch);
  return slices;
}

describeUnless(missing, 'the real log files of the sample', () => {
  it('are told from what else lies in the bucket', () => {
    const files = sampleFiles();
    expect(files).toHaveLength(97);
    expect(new Set(files.map(({ key }) => key.accountId)).size).toBe(37);
    expect(new Set(files.map(({ key }) => key.awsRegion)).size).toBe(35);
  });

  it('give every record as the very bytes that stand in the file', async () => {
    let records = 0;
    for (const { path } of sampleFiles()) {
      const slices = await slicesOf(path);
      const content = gunzipSync(readFileSync(path));
      // The sample is compact JSON: nothing but commas between records.
      expect(`{"Records":[${slices.map(({ raw }) => raw.toString()).join(',')}]}`).toBe(content.toString());
      expect(slices.map(({ record }) => record)).toEqual(JSON.parse(content.toString()).Records);
      records += slices.length;
    }
    expect(records).toBe(3313);
  });

  it('become events with a name, a source and the time of the record', async () => {
    for (const { path, key } of sampleFiles()) {
      for (const slice of await slicesOf(path)) {
        const event = toCloudTrailEvent(slice, key);
        expect(event.eventName).toBe(slice.record['eventName']);
        expect(event.eventSource).toBe(slice.record['eventSource']);
        expect(event.eventTime).toBe(Date.parse(String(slice.record['eventTime'])));
        expect(event.sourceIp ?? event.sourceAddress).toBe(slice.record['sourceIPAddress'] ?? null);
      }
    }
  });
});
