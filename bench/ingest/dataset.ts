import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateLogFiles } from '../../src/demo/generator/log-files.js';
import { copyChunks, copyRow, text } from '../../src/events/event-copy.js';
import { copyCounts } from '../../src/events/hourly-counts.js';
import { type ChunkNumbers, Segment } from '../../src/events/segment.js';
import { decodeLogFile } from '../../src/formats/cloudtrail/decode.js';
import { recordHash } from '../../src/formats/cloudtrail/event-id.js';
import { parseLogKey } from '../../src/formats/cloudtrail/log-key.js';
import { toCloudTrailEvent } from '../../src/formats/cloudtrail/record-to-event.js';
import { benchmarkSpan } from '../server.js';

/** The two shapes of GOALS: many small files, few large ones. */
export const shapes = {
  S: { files: 4000, recordsPerFile: 50 },
  L: { files: 40, recordsPerFile: 25_000 },
} as const;

export interface Dataset {
  readonly files: readonly { readonly key: string; readonly size: number }[];
  readonly records: number;
  readonly directory: string;
}

/** Writes the files of a shape as a bucket on disk. */
export async function writeDataset(directory: string, shape: keyof typeof shapes, scale: number): Promise<Dataset> {
  const { files, recordsPerFile } = shapes[shape];
  return writeFiles(directory, Math.max(1, Math.round(files * scale)), recordsPerFile);
}

/** Writes generated files as a bucket on disk. */
export async function writeFiles(
  directory: string,
  count: number,
  recordsPerFile: number,
  span = benchmarkSpan,
): Promise<Dataset> {
  const files: { key: string; size: number }[] = [];
  let records = 0;
  const generated = generateLogFiles({
    seed: 42,
    files: count,
    recordsPerFile,
    accounts: 20,
    regions: 3,
    ...span,
  });
  for (const file of generated) {
    const path = join(directory, file.key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.body);
    files.push({ key: file.key, size: file.body.length });
    records += file.records;
  }
  return { files, records, directory };
}

/** The rows of one segment, ready to be copied: what the best possible ingest would have to send. */
export interface ReadyRows {
  readonly rows: number;
  readonly events: Buffer;
  readonly chunks: Buffer;
  readonly counts: Buffer;
  /** The events with their records in a last column, for storage without chunks; empty unless asked for. */
  readonly eventsWithRecord: Buffer;
}

const segmentEvents = 8192;

/** Decodes a dataset into ready rows. Each segment is a batch of its own. */
export async function readyRows(dataset: Dataset, withRecord: boolean): Promise<ReadyRows[]> {
  const ready: ReadyRows[] = [];
  const numbers: ChunkNumbers = { next: 0 };
  let segment = new Segment(numbers);
  const records = new Map<number, Buffer>();
  const finish = async () => {
    ready.push(await toReady(segment, withRecord ? records : null, String(ready.length + 1)));
    segment = new Segment(numbers);
    records.clear();
  };
  for (const [index, { key }] of dataset.files.entries()) {
    const parsed = parseLogKey(key);
    if (!parsed) throw new Error(`generated key ${key} is none`);
    const slices = decodeLogFile(createReadStream(join(dataset.directory, key)));
    for await (const part of slices) {
      for (const slice of part) {
        const event = toCloudTrailEvent(slice, parsed);
        const input = {
          event,
          accountId: parsed.accountId,
          logFileId: String(index + 1),
          recordHash: recordHash(slice.raw),
        };
        segment.add(input, slice.raw);
        if (withRecord) records.set(segment.events.at(-1)?.ordinal as number, slice.raw);
        if (segment.events.length === segmentEvents) await finish();
      }
    }
  }
  if (segment.events.length > 0) await finish();
  return ready;
}

async function toReady(
  segment: Segment,
  records: ReadonlyMap<number, Buffer> | null,
  batchId: string,
): Promise<ReadyRows> {
  const chunks = copyChunks(await segment.packChunks(), batchId);
  segment.sortByKey();
  const rows = segment.events.map((event) => copyRow(event, batchId));
  const withRecord = records
    ? rows.map((row, index) => {
        const record = records.get(segment.events[index]?.ordinal as number) as Buffer;
        return `${row.slice(0, -1)}\t${text(record.toString('utf8'))}\n`;
      })
    : [];
  return {
    rows: rows.length,
    events: Buffer.from(rows.join('')),
    chunks,
    counts: Buffer.from(copyCounts(segment.events)),
    eventsWithRecord: Buffer.from(withRecord.join('')),
  };
}
