import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { DateTimeScalar } from '../platform/graphql/scalars.js';
import { AlarmType, HistoryItemType } from './alarm-enums.entity.js';

@ObjectType({ simpleResolvers: true, description: 'Something that happened to an alarm, as CloudWatch tells it.' })
export class AlarmHistoryItem {
  /** Not in the schema. */
  id: string;

  @Field(() => String, { description: 'The name of the alarm.' })
  alarmName: string;

  @Field(() => AlarmType, { description: 'The kind of the alarm.' })
  alarmType: AlarmType;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  timestamp: Date;

  @Field(() => HistoryItemType, { description: 'What happened.' })
  historyItemType: HistoryItemType;

  @Field(() => String, { description: 'The same in words.' })
  historySummary: string;

  @Field(() => String, { nullable: true, description: 'The same as data: JSON text, as CloudWatch has it.' })
  historyData: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of the history of an alarm, the newest first.' })
export class AlarmHistoryConnection extends connectionOf(AlarmHistoryItem, 'AlarmHistoryItem') {}
