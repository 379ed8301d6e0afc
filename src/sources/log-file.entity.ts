import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

export const LogFileState = {
  DISCOVERED: 'DISCOVERED',
  INGESTING: 'INGESTING',
  INGESTED: 'INGESTED',
  QUARANTINED: 'QUARANTINED',
  MISSING: 'MISSING',
} as const;
export type LogFileState = keyof typeof LogFileState;

registerEnumType(LogFileState, {
  name: 'LogFileState',
  description: 'How far a log file has come.',
  valuesConfig: {
    DISCOVERED: { description: 'Found, and waiting to be read; after a failure, to be read again.' },
    INGESTING: { description: 'Being read now.' },
    INGESTED: { description: 'Read whole; its events are stored.' },
    QUARANTINED: { description: 'Not read, or not whole: see `error`. What was intact is stored.' },
    MISSING: { description: 'It was listed, and gone when it was to be read.' },
  },
});

export const Integrity = {
  VERIFIED: 'VERIFIED',
  UNVERIFIED: 'UNVERIFIED',
  TAMPERED: 'TAMPERED',
  MISSING: 'MISSING',
  UNVERIFIABLE: 'UNVERIFIABLE',
} as const;
export type Integrity = keyof typeof Integrity;

registerEnumType(Integrity, {
  name: 'Integrity',
  description: "What CloudTrail's digest files say about a log file.",
  valuesConfig: {
    VERIFIED: { description: 'Its bytes are those that CloudTrail signed.' },
    UNVERIFIED: {
      description: 'No digest has told of it yet, or it was not read since; or its trail has no validation.',
    },
    TAMPERED: { description: 'Its bytes are not those that CloudTrail signed, or its gzip is damaged.' },
    MISSING: { description: 'CloudTrail signed it, and it is not there.' },
    UNVERIFIABLE: { description: 'The digest that names it is not valid, or cannot be verified.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'One log file in the ledger, whichever way it was found.' })
export class LogFile {
  @Field(() => ID, { description: 'The id of the log file.' })
  id: string;

  /** Joined. Of a directory only the last folder: where it lies is for those who see the source. */
  @Field(() => String, { description: 'The bucket that holds it; for a directory, its name without the path.' })
  bucket: string;

  @Field(() => String, { description: 'Its key in the bucket.' })
  key: string;

  sourceId: string;

  @Field(() => AccountIdScalar, { description: 'The account under whose path it lies.' })
  account: string;

  @Field(() => String, { description: 'The region under whose path it lies.' })
  awsRegion: string;

  @Field(() => DateTimeScalar, { description: 'When CloudTrail delivered it, to the minute, as its name says.' })
  deliveredAt: Date;

  @Field(() => Float, { description: 'Its size in bytes, compressed as it is.' })
  size: number;

  @Field(() => Int, { description: 'The records in it.' })
  records: number;

  @Field(() => Int, { description: 'The events that were first stored from it.' })
  events: number;

  @Field(() => Int, { description: 'The records whose event was stored already, from this or another file.' })
  duplicates: number;

  @Field(() => LogFileState, { description: 'How far it has come.' })
  state: LogFileState;

  @Field(() => Int, { description: 'How often reading it was begun.' })
  attempts: number;

  @Field(() => String, { nullable: true, description: 'Why it, or a part of it, could not be read.' })
  error: string | null;

  @Field(() => Integrity, { description: "What CloudTrail's digest files say about it." })
  integrity: Integrity;

  @Field(() => Int, {
    description: 'How many versions of its bytes were seen under its key: 1 unless it was overwritten.',
  })
  revisions: number;

  @Field(() => DateTimeScalar, { description: 'When this version of it was found.' })
  discoveredAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last read to its end.' })
  ingestedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of log files, latest delivery first.' })
export class LogFileConnection extends connectionOf(LogFile, 'LogFile') {}
