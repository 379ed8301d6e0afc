import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateLogFiles } from '../../src/demo/generator/log-files.js';
import { CopyBuffer } from '../../src/events/copy-buffer.js';
import { eventColumns, writeEventFields } from '../../src/events/event-row.js';
import type { EncodedEvents } from '../../src/events/segment.port.js';
import type { SegmentFile } from '../../src/events/segment-builder.service.js';
import { decodeLogFile } from '../../src/formats/cloudtrail/decode.js';
import { recordHash } from '../../src/formats/cloudtrail/event-id.js';
import { parseLogKey } from '../../src/formats/cloudtrail/log-key.js';
import { toCloudTrailEvent } from '../../src/formats/cloudtrail/record-to-event.js';
import { BatchDecoding } from '../../src/ingest/decoding/batch-decoding.js';
import { CompiledWatchers } from '../../src/ingest/decoding/batch-effects.js';
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

/** Where the records go: into chunks beside the event, or into a column of it. */
export type RecordStorage = 'chunks' | 'text' | 'jsonb';

/** The rows of one segment, ready to be copied: what the best possible ingest would have to send. */
export interface ReadyRows extends EncodedEvents {
  readonly rows: number;
}

/** Decodes a dataset into ready rows. Each segment is a batch of its own. */
export async function readyRows(dataset: Dataset): Promise<ReadyRows[]> {
  const ready: ReadyRows[] = [];
  for (const [index, { key }] of dataset.files.entries()) {
    const batch = { id: String(index + 1), expectsDuplicates: false, filterVersion: '0', ingestionTime: '' };
    const decoding = new BatchDecoding(batch, new CompiledWatchers().effects(''), async (segment) => {
      const keys = segment.keys();
      ready.push({ ...(segment.encodeAll(keys) as EncodedEvents), rows: keys.count });
    });
    await decoding.read(fileOf(key, index), createReadStream(join(dataset.directory, key)));
    await decoding.finish();
  }
  return ready;
}

/** The same rows with their records in a last column, for storage without chunks. */
export async function rowsWithRecords(dataset: Dataset, storage: 'text' | 'jsonb'): Promise<Uint8Array[]> {
  const ready: Uint8Array[] = [];
  for (const [index, { key }] of dataset.files.entries()) {
    const file = fileOf(key, index);
    const rows = new CopyBuffer(1024 * 1024);
    let ordinal = 0;
    for await (const part of decodeLogFile(createReadStream(join(dataset.directory, key)))) {
      for (const slice of part) {
        const event = toCloudTrailEvent(slice, file);
        const ids = { logFileId: BigInt(file.id), recordHash: recordHash(slice.raw), ordinal: ordinal++ };
        rows.row(eventColumns.length + 1);
        writeEventFields(rows, { event, accountId: file.accountId, ...ids }, BigInt(file.id));
        // What jsonb's binary form begins with: its version.
        rows.bytea(storage === 'jsonb' ? Buffer.concat([Buffer.of(1), slice.raw]) : slice.raw);
      }
    }
    ready.push(rows.finish());
  }
  return ready;
}

function fileOf(key: string, index: number): SegmentFile {
  const parsed = parseLogKey(key);
  if (!parsed) throw new Error(`generated key ${key} is none`);
  return { ...parsed, id: String(index + 1) };
}
