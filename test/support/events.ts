import { createHash } from 'node:crypto';
import { type BatchResult, EventWriter } from '../../src/events/event-writer.service.js';
import { createPartitions, type Partitions } from '../../src/events/partition.service.js';
import { SegmentBuilder } from '../../src/events/segment-builder.service.js';
import type { CloudTrailEvent } from '../../src/formats/cloudtrail/cloudtrail-event.js';
import { CompiledWatchers } from '../../src/ingest/decoding/batch-effects.js';
import type { Database, Transaction } from '../../src/platform/database/database.js';

export const noon = Date.parse('2026-11-20T12:00:00Z');

/** An event for the store: what a test does not care for is the same in all. */
export interface TestEvent extends Partial<CloudTrailEvent> {
  readonly accountId?: string;
  readonly logFileId?: string;
  /** The record's bytes; made from the id when left out. */
  readonly raw?: string;
}

let made = 0;

/** A UUID that tells its number: failures then name the event. */
export function testId(number: number): string {
  return `00000000-0000-4000-8000-${number.toString().padStart(12, '0')}`;
}

export function testEvent(given: TestEvent = {}): TestEvent & CloudTrailEvent {
  made += 1;
  return {
    eventId: testId(made),
    eventTime: noon,
    awsRegion: 'eu-central-1',
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    readOnly: true,
    managementEvent: true,
    errorCode: null,
    errorMessage: null,
    hasError: false,
    identityType: 'IAMUser',
    principalArn: 'arn:aws:iam::111111111111:user/alice',
    sessionIssuerArn: null,
    userName: 'alice',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    sourceIp: '203.0.113.9',
    sourceAddress: null,
    userAgent: 'aws-cli/2.31.0',
    resourceArns: [],
    ...given,
  };
}

/** The record that stands for an event. */
export function recordOf(event: TestEvent & CloudTrailEvent): string {
  return event.raw ?? JSON.stringify({ eventID: event.eventId, eventName: event.eventName });
}

/** Stores a batch as ingest does, without files; `hold` runs before its position is taken. */
export async function storeEvents(
  database: Database,
  events: readonly (TestEvent & CloudTrailEvent)[],
  options: {
    partitions?: Partitions;
    hold?: (transaction: Transaction) => Promise<void>;
    beforeCommit?: () => Promise<void>;
  } = {},
): Promise<BatchResult & { position: string | null }> {
  const partitions = options.partitions ?? createPartitions(database, Date.now);
  await partitions.ensure(events.map(({ eventTime }) => eventTime));
  return database.transaction(async (transaction) => {
    const result = await write(transaction, partitions, events);
    await options.hold?.(transaction);
    const position = await result.writer.takePosition('0');
    await options.beforeCommit?.();
    return { ...result.batch, position };
  });
}

async function write(
  transaction: Transaction,
  partitions: Partitions,
  events: readonly (TestEvent & CloudTrailEvent)[],
): Promise<{ writer: EventWriter; batch: BatchResult }> {
  const writer = await EventWriter.open(transaction, partitions.has);
  const batch = { id: BigInt(writer.batchId), filterVersion: '0', nextChunk: 0 };
  let segment = new SegmentBuilder(batch, new CompiledWatchers().effects(''));
  const send = async () => {
    const sent = segment;
    segment = new SegmentBuilder(batch, new CompiledWatchers().effects(''));
    const keys = sent.keys();
    await writer.write({ keys, encoded: sent.encodeAll(keys), encode: async (part) => sent.encode(part) });
  };
  for (const event of events) {
    const raw = Buffer.from(recordOf(event));
    const recordHash = createHash('sha256').update(raw).digest().readBigInt64BE();
    const { accountId = '111111111111', logFileId = '1', eventId, eventTime } = event;
    const file = { id: logFileId, accountId, awsRegion: event.awsRegion, deliveredAt: noon };
    segment.add(file, { raw, record: {}, recordHash, eventId, eventTime, event });
    if (segment.isFull) await send();
  }
  if (!segment.isEmpty) await send();
  return { writer, batch: writer.result };
}
