import { chunkOf, openChunk, slotOf } from '../../src/events/record-chunk.js';
import type { Database } from '../../src/platform/database/database.js';
import { checkCounts, checkLedger, checkPositions } from './fault-checks.js';
import { fileName, type TrueFile } from './true-file.js';

/** What became of the events that had to get through a fault. */
export interface Toll {
  lost: number;
  doubled: number;
}

export interface Audit {
  readonly tolls: ReadonlyMap<string, Toll>;
  /** What is not as it must be, in words; the first few. */
  readonly problems: readonly string[];
}

/** An event as the store has it. */
export interface StoredEvent {
  readonly accountId: string;
  readonly eventId: string;
  readonly eventTime: Date;
  readonly batchId: string;
  readonly ordinal: number;
  /** Of the log file that it came in. */
  readonly file: string;
}

interface StoredSighting {
  readonly accountId: string;
  readonly eventId: string;
  readonly file: string;
  readonly eventTime: Date;
  readonly batchId: string | null;
  readonly ordinal: number | null;
}

const eventName = ({ accountId, eventId }: { accountId: string; eventId: string }) => `${accountId}/${eventId}`;
export const eventIdOf = (record: string) => String((JSON.parse(record) as { eventID: string }).eventID);

/** Holds everything that is stored against the files that it came from. Every file must have been read by now. */
export async function auditStore(database: Database, files: readonly TrueFile[]): Promise<Audit> {
  const problems: string[] = [];
  const events = await database.query<StoredEvent>(
    `SELECT event.account_id AS "accountId", event_id::text AS "eventId", event_time AS "eventTime",
       batch_id AS "batchId", ordinal, bucket.name || '/' || file.key AS file
     FROM event LEFT JOIN log_file AS file ON file.id = log_file_id LEFT JOIN log_bucket AS bucket ON bucket.id = bucket_id`,
  );
  const sightings = await database.query<StoredSighting>(
    `SELECT event_sighting.account_id AS "accountId", event_id::text AS "eventId", bucket.name || '/' || file.key AS file,
       event_time AS "eventTime", batch_id AS "batchId", ordinal
     FROM event_sighting JOIN log_file AS file ON file.id = log_file_id JOIN log_bucket AS bucket ON bucket.id = bucket_id`,
  );
  const records = await readChunks(database, [...events, ...sightings], problems);
  const tolls = tollOf(files, events, records, problems);
  checkSightings(files, { events, sightings, records }, problems);
  await checkLedger(database, files, problems);
  await checkPositions(database, problems);
  await checkCounts(database, files, problems);
  return { tolls, problems: problems.slice(0, 20) };
}

/** Every record that is kept, by batch and ordinal. */
type Records = ReadonlyMap<string, string>;
const place = ({ batchId, ordinal }: { batchId: string | null; ordinal: number | null }) => `${batchId}:${ordinal}`;

async function readChunks(
  database: Database,
  rows: readonly (StoredEvent | StoredSighting)[],
  problems: string[],
): Promise<Records> {
  const chunks = await database.query<{ batchId: string; chunk: number; accountId: string; day: Date; data: Buffer }>(
    `SELECT batch_id AS "batchId", chunk, account_id AS "accountId", event_time AS day, data FROM record_chunk`,
  );
  const nameOf = (batchId: string | null, chunk: number, accountId: string, day: Date) =>
    `chunk ${batchId}:${chunk} of ${accountId} on ${day.toISOString().slice(0, 10)}`;
  const kept = new Set(chunks.map(({ batchId, chunk, accountId, day }) => nameOf(batchId, chunk, accountId, day)));
  const wanted = new Set<string>();
  for (const { batchId, ordinal, accountId, eventTime } of rows) {
    if (ordinal !== null) wanted.add(nameOf(batchId, chunkOf(ordinal), accountId, eventTime));
  }
  for (const name of wanted) if (!kept.has(name)) problems.push(`${name} is missing`);
  for (const name of kept) if (!wanted.has(name)) problems.push(`${name} belongs to no event`);
  if (kept.size < chunks.length) problems.push('a chunk is stored twice');
  const records = new Map<string, string>();
  for (const { batchId, chunk, data } of chunks) {
    for (const [slot, record] of (await openChunk(data)).entries()) {
      records.set(`${batchId}:${chunk}:${slot}`, record.toString());
    }
  }
  return new Map(
    rows.flatMap((row) => {
      if (row.ordinal === null) return [];
      const record = records.get(`${row.batchId}:${chunkOf(row.ordinal)}:${slotOf(row.ordinal)}`);
      return record === undefined ? [] : [[place(row), record] as const];
    }),
  );
}

/** Where each event may have come from, and how it may read. */
function truthOf(files: readonly TrueFile[]): Map<string, { fault: string; spellings: Map<string, string> }> {
  const truth = new Map<string, { fault: string; spellings: Map<string, string> }>();
  for (const file of files) {
    for (const record of file.records) {
      const name = eventName({ accountId: file.accountId, eventId: eventIdOf(record) });
      const one = truth.get(name) ?? { fault: file.fault, spellings: new Map() };
      truth.set(name, one);
      one.spellings.set(fileName(file), record);
    }
  }
  return truth;
}

/** An event is lost that is not there, or not byte for byte as in the file that it is said to come from. */
function tollOf(files: readonly TrueFile[], events: readonly StoredEvent[], records: Records, problems: string[]) {
  const tolls = new Map<string, Toll>(files.map(({ fault }) => [fault, { lost: 0, doubled: 0 }]));
  const truth = truthOf(files);
  const seen = new Set<string>();
  for (const event of events) {
    const name = eventName(event);
    const one = truth.get(name);
    if (one === undefined) {
      problems.push(`event ${name} is in no file`);
      continue;
    }
    const toll = tolls.get(one.fault) as Toll;
    if (seen.has(name)) {
      toll.doubled += 1;
      problems.push(`event ${name} is there more than once (${one.fault})`);
      continue;
    }
    seen.add(name);
    if (one.spellings.get(event.file) === records.get(place(event))) continue;
    toll.lost += 1;
    problems.push(`event ${name} does not read as in ${event.file} (${one.fault})`);
  }
  for (const [name, { fault }] of truth) {
    if (seen.has(name)) continue;
    (tolls.get(fault) as Toll).lost += 1;
    problems.push(`event ${name} is not there (${fault})`);
  }
  return tolls;
}

/** Each other file in which an event stands is named, and its bytes are kept where they differ. */
function checkSightings(
  files: readonly TrueFile[],
  stored: { events: readonly StoredEvent[]; sightings: readonly StoredSighting[]; records: Records },
  problems: string[],
): void {
  const keptIn = new Map(
    stored.sightings.map((sighting) => [
      `${eventName(sighting)} in ${sighting.file}`,
      sighting.ordinal === null ? sameBytes : stored.records.get(place(sighting)),
    ]),
  );
  const truth = truthOf(files);
  for (const event of stored.events) {
    const spellings = truth.get(eventName(event))?.spellings ?? new Map<string, string>();
    for (const [file, record] of spellings) {
      if (file === event.file) continue;
      const name = `${eventName(event)} in ${file}`;
      const expected = record === spellings.get(event.file) ? sameBytes : record;
      if (keptIn.get(name) !== expected) problems.push(`the copy of event ${name} is not told, or not as it is`);
      keptIn.delete(name);
    }
  }
  for (const name of keptIn.keys()) problems.push(`event ${name} is said to be there too, and is not`);
}

/** Stands for a copy whose bytes are not kept, since they are the event's own. */
const sameBytes = '';
