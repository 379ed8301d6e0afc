import 'reflect-metadata';
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

export const BackfillState = { RUNNING: 'RUNNING', PAUSED: 'PAUSED', DONE: 'DONE' } as const;
export type BackfillState = keyof typeof BackfillState;

registerEnumType(BackfillState, {
  name: 'BackfillState',
  description: 'How far a backfill has come.',
  valuesConfig: {
    RUNNING: { description: 'Workers list its folders and read its files, whenever nothing new waits.' },
    PAUSED: { description: 'None of its folders is listed and none of its files read until `resumeBackfill`.' },
    DONE: { description: 'Its folders are listed and its files read, but for those that `errors` tells of.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'How far a backfill has come, in figures.' })
export class BackfillProgress {
  @Field(() => Float, {
    description:
      'Folders of one account, region and day that are to be listed. It grows until those of all accounts are known.',
  })
  folders: number;

  @Field(() => Float, { description: 'Those of them that were listed.' })
  foldersListed: number;

  @Field(() => Float, { description: 'Log files found in them, those that were known before included.' })
  files: number;

  @Field(() => Float, { description: 'What those files hold, in bytes as they are stored.' })
  bytes: number;

  @Field(() => Float, { description: 'Files that the backfill found first and that wait to be read.' })
  filesPending: number;

  @Field(() => Float, { description: 'Files that the backfill found first and that were read.' })
  filesIngested: number;

  @Field(() => Float, { description: 'Events that were stored from them, duplicates not counted.' })
  events: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Bytes of log files a second, over the last minutes; null before there is anything to tell by.',
  })
  bytesPerSecond: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'An account that a backfill cannot list.' })
export class BackfillError {
  @Field(() => AccountIdScalar, { description: 'The account.' })
  accountId: string;

  @Field(() => String, {
    description: 'Why, for tokens that cover every account of the source through which it was tried.',
  })
  error: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it is tried again; null once it was given up, until `resumeBackfill`.',
  })
  retryAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'The collecting of log files of days gone by.' })
export class Backfill {
  @Field(() => ID, { description: 'The id of the backfill.' })
  id: string;

  /** What rows of the ledger name it by. */
  number: number;

  @Field(() => [AccountIdScalar], { description: 'The accounts whose files are collected.' })
  accountIds: string[];

  @Field(() => [String], { nullable: true, description: 'The regions that are collected; null for every region.' })
  regions: string[] | null;

  @Field(() => DateTimeScalar, { description: 'The start of the first day of delivery that is collected.' })
  from: Date;

  @Field(() => DateTimeScalar, { description: 'The end of the last day.' })
  to: Date;

  @Field(() => BackfillState, { description: 'How far it has come.' })
  state: BackfillState;

  @Field(() => DateTimeScalar, { description: 'When it was started.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was done.' })
  finishedAt: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a worker was last at it; null until one was. Nothing moves while no worker runs.',
  })
  workedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of backfills, newest first.' })
export class BackfillConnection extends connectionOf(Backfill, 'Backfill') {}
