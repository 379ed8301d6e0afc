import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { TimeRangeInput } from '../platform/graphql/time-range.js';
import { Integrity, LogFile, LogFileState } from './log-file.entity.js';

@InputType({ description: 'Which log files to list. Every condition given must hold.' })
export class LogFileFilter {
  @Field(() => [AccountIdScalar], { nullable: true, description: 'Only files of these accounts.' })
  accountIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only files of these regions.' })
  regions?: string[] | null;

  @Field(() => [LogFileState], { nullable: true, description: 'Only files in one of these states.' })
  states?: LogFileState[] | null;

  @Field(() => [Integrity], { nullable: true, description: 'Only files of which digests say one of these.' })
  integrities?: Integrity[] | null;

  @Field(() => [ID], { nullable: true, description: 'Only files that these sources read.' })
  sourceIds?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Only files delivered within this span.' })
  deliveredAt?: TimeRangeInput | null;
}

@ArgsType()
export class LogFilesArgs extends PageArgs {
  @Field(() => LogFileFilter, { nullable: true, description: 'Which log files; all within reach when left out.' })
  filter?: LogFileFilter | null;
}

@ObjectType({ simpleResolvers: true, description: 'A log file after a change.' })
export class LogFilePayload {
  @Field(() => LogFile, { description: 'The log file as it is now.' })
  logFile: LogFile;
}
