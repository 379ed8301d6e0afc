import { gzipSync } from 'node:zlib';
import { Random, skewedChoice } from '../../lib/random.js';
import { AccountActivity } from './activity.js';
import { accountIds, logFileKey } from './names.js';

/** A log file as it would lie in a bucket. */
export interface GeneratedFile {
  readonly key: string;
  /** gzip */
  readonly body: Buffer;
  /** How many records it holds. */
  readonly records: number;
}

export interface LogFilesOptions {
  readonly seed: number | string;
  readonly files: number;
  readonly recordsPerFile: number;
  /** How many; the first are the busiest. */
  readonly accounts: number;
  /** How many, at most eight; the first are the busiest. */
  readonly regions: number;
  /** Event times, in milliseconds since 1970 UTC: from `from` to below `to`, rising from file to file. */
  readonly from: number;
  readonly to: number;
}

const awsRegions = [
  'us-east-1',
  'eu-central-1',
  'us-west-2',
  'eu-west-1',
  'ap-southeast-2',
  'us-east-2',
  'ap-northeast-1',
  'sa-east-1',
] as const;

/** Delivery follows the last event by a few minutes. */
const deliveryDelayMs = 4 * 60_000;

/** The account numbers of {@link generateLogFiles}, the busiest first. */
export function generatedAccounts(seed: number | string, count: number): string[] {
  return accountIds(new Random(`${seed}/accounts`), count);
}

/** Log files of everyday work, one at a time as they are asked for; the same options give the same bytes. */
export function* generateLogFiles(options: LogFilesOptions): Generator<GeneratedFile, void> {
  const { seed, files, recordsPerFile, from, to } = options;
  const random = new Random(`${seed}/files`);
  const accounts = generatedAccounts(seed, options.accounts).map(
    (accountId, rank) => new AccountActivity(String(seed), accountId, `unit-${rank + 1}`),
  );
  const account = skewedChoice(accounts, 0.7);
  const region = skewedChoice(awsRegions.slice(0, options.regions), 1.2);
  for (let file = 0; file < files; file++) {
    const start = from + ((to - from) * file) / files;
    const step = (to - from) / files / recordsPerFile;
    const activity = account(random);
    const awsRegion = region(random);
    const deliveredAt = start + step * recordsPerFile + deliveryDelayMs;
    const key = logFileKey(random, { accountId: activity.estate.accountId, awsRegion, deliveredAt });
    yield logFile(key, recordsPerFile, (index) => activity.record(random, awsRegion, Math.floor(start + step * index)));
  }
}

/** Records rendered at once: text of a few hundred KB is turned into bytes before the next is made. */
const recordsPerPart = 250;

/** A file of as many records as asked for, given by their number from 0. */
export function logFile(key: string, records: number, record: (index: number) => string): GeneratedFile {
  const parts = [Buffer.from('{"Records":[')];
  for (let first = 0; first < records; first += recordsPerPart) {
    const count = Math.min(recordsPerPart, records - first);
    const part = Array.from({ length: count }, (_, index) => record(first + index)).join(',');
    parts.push(Buffer.from(first === 0 ? part : `,${part}`));
  }
  parts.push(Buffer.from(']}'));
  return { key, body: gzipSync(Buffer.concat(parts), { level: 4 }), records };
}
