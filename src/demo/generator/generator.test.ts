import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeLogFile, type RecordSlice } from '../../formats/cloudtrail/decode.js';
import { parseLogKey } from '../../formats/cloudtrail/log-key.js';
import { toCloudTrailEvent } from '../../formats/cloudtrail/record-to-event.js';
import { type GeneratedFile, generatedAccounts, generateLogFiles, type LogFilesOptions } from './log-files.js';
import { demoLiveFile, demoOrganization } from './organization.js';

const options: LogFilesOptions = {
  seed: 'test',
  files: 40,
  recordsPerFile: 250,
  accounts: 12,
  regions: 3,
  from: Date.parse('2026-11-14T00:00:00Z'),
  to: Date.parse('2026-11-21T00:00:00Z'),
};
const now = Date.parse('2026-11-20T15:07:12Z');

function digest(files: Iterable<GeneratedFile>): string {
  const hash = createHash('sha256');
  for (const { key, body, records } of files) hash.update(key).update(String(records)).update(body);
  return hash.digest('hex');
}

interface Decoded extends RecordSlice {
  readonly file: GeneratedFile;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly deliveredAt: number;
}

async function decodeAll(files: Iterable<GeneratedFile>): Promise<Decoded[]> {
  const decoded: Decoded[] = [];
  for (const file of files) {
    const key = parseLogKey(file.key);
    if (key === null) throw new Error(`${file.key} is no key of a log file`);
    const { accountId, awsRegion, deliveredAt } = key;
    const before = decoded.length;
    for await (const batch of decodeLogFile([file.body])) {
      decoded.push(...batch.map((slice) => ({ ...slice, file, accountId, awsRegion, deliveredAt })));
    }
    if (decoded.length - before !== file.records) throw new Error(`${file.key} holds another number of records`);
  }
  return decoded;
}

const generated = await decodeAll(generateLogFiles(options));
const organization = demoOrganization({ seed: 1, now });
const demo = await decodeAll(organization.files);
const bySource = [
  ['benchmarks', generated],
  ['the demo', demo],
] as const;

it('gives the same bytes for the same seed, and others for another', () => {
  expect(digest(generateLogFiles(options))).toBe(digest(generateLogFiles(options)));
  expect(digest(generateLogFiles({ ...options, seed: 'other' }))).not.toBe(digest(generateLogFiles(options)));
  expect(digest(demoOrganization({ seed: 1, now }).files)).toBe(digest(organization.files));
  expect(digest(demoOrganization({ seed: 2, now }).files)).not.toBe(digest(organization.files));
  expect(digest([demoLiveFile({ seed: 1, sequence: 3, now })])).toBe(
    digest([demoLiveFile({ seed: 1, sequence: 3, now })]),
  );
  expect(digest([demoLiveFile({ seed: 1, sequence: 3, now })])).not.toBe(
    digest([demoLiveFile({ seed: 1, sequence: 4, now })]),
  );
});

it.each(bySource)('makes records for %s that are as large as real ones', (_, records) => {
  const bytes = records.reduce((sum, { raw }) => sum + raw.length, 0) / records.length;
  expect(bytes).toBeGreaterThan(1200);
  expect(bytes).toBeLessThan(2000);
});

it.each(bySource)('makes records for %s that are whole, each with an id of its own', (_, records) => {
  const odd = records.filter((slice) => {
    const event = toCloudTrailEvent(slice, { awsRegion: 'none', deliveredAt: -1 });
    const { eventID, recipientAccountId } = slice.record;
    const named = event.eventName !== null && /^[a-z0-9]+\.amazonaws\.com$/.test(event.eventSource ?? '');
    const placed = event.awsRegion === slice.awsRegion && recipientAccountId === slice.accountId;
    return !(named && placed && event.eventTime > 0 && event.eventId === eventID);
  });
  expect(odd).toEqual([]);
  expect(new Set(records.map(({ record }) => record['eventID'])).size).toBe(records.length);
});

it.each(bySource)('skews the records of %s as real ones are, over many calls and services', (_, records) => {
  const events = records.map((slice) => toCloudTrailEvent(slice, slice));
  const names = new Map<string, number>();
  for (const { eventName } of events) names.set(eventName ?? '', (names.get(eventName ?? '') ?? 0) + 1);
  expect(names.size).toBeGreaterThan(55);
  expect(new Set(events.map(({ eventSource }) => eventSource)).size).toBeGreaterThanOrEqual(15);
  const counts = [...names.values()].sort((a, b) => b - a);
  expect(counts.slice(0, 10).reduce((sum, count) => sum + count)).toBeGreaterThan(0.5 * records.length);
  const failed = events.filter(({ hasError }) => hasError).length / records.length;
  expect(failed).toBeGreaterThan(0.03);
  expect(failed).toBeLessThan(0.05);
});

// Truth: the order in the record that AWS wrote most often in the real sample.
const order =
  'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestParameters responseElements additionalEventData requestID eventID readOnly resources eventType managementEvent recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory tlsDetails sessionCredentialFromConsole'.split(
    ' ',
  );

it.each(bySource)('writes the properties of the records of %s in the order of AWS', (_, records) => {
  const odd = records.filter(({ record }) => {
    const places = Object.keys(record).map((property) => order.indexOf(property));
    return places.some((place, index) => place <= (places[index - 1] ?? -1));
  });
  expect(odd).toEqual([]);
});

it('spreads benchmark files over the accounts, the regions and the time asked for', () => {
  const times = generated.map(({ record }) => Date.parse(String(record['eventTime'])));
  expect(Math.min(...times)).toBe(options.from);
  expect(Math.max(...times)).toBeLessThan(options.to);
  expect(Math.max(...times)).toBeGreaterThan(options.to - 3_600_000);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(generated.map(({ awsRegion }) => awsRegion)).size).toBe(3);
  const accounts = new Set(generated.map(({ accountId }) => accountId));
  expect(accounts.size).toBeGreaterThan(6);
  expect(generatedAccounts(options.seed, options.accounts)).toEqual(expect.arrayContaining([...accounts]));
});

it('fills the demo with a week up to now, all of it delivered', () => {
  expect(organization.accounts.length).toBeGreaterThanOrEqual(5);
  expect(organization.records).toBe(demo.length);
  expect(demo.length).toBeGreaterThan(10_000);
  expect(demo.length).toBeLessThan(25_000);
  const times = demo.map(({ record }) => Date.parse(String(record['eventTime'])));
  expect(Math.min(...times)).toBeGreaterThan(now - 8 * 86_400_000);
  expect(Math.max(...times)).toBeLessThanOrEqual(now);
  expect(Math.max(...times)).toBeGreaterThan(now - 600_000);
  expect(demo.filter(({ deliveredAt }) => deliveredAt > now)).toEqual([]);
});

it('goes on with new records of the same accounts', async () => {
  const live = await decodeAll([0, 1, 2, 3].map((sequence) => demoLiveFile({ seed: 1, sequence, now })));
  const known = new Set(demo.map(({ record }) => record['eventID']));
  for (const { accountId, record, file } of live) {
    expect(organization.accounts.map((account) => account.accountId)).toContain(accountId);
    expect(file.key).toContain(`AWSLogs/${organization.organizationId}/`);
    expect(known).not.toContain(record['eventID']);
    expect(Date.parse(String(record['eventTime']))).toBeGreaterThan(now - 120_000);
    expect(Date.parse(String(record['eventTime']))).toBeLessThanOrEqual(now);
  }
});
