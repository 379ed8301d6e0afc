import 'reflect-metadata';
import { ArgsType, Field, ObjectType } from 'type-graphql';
import { MetricFilter } from '../metrics/metric-filter.entity.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { Alarm } from './alarm.entity.js';

@ArgsType()
export class AlarmPackArgs {
  @Field(() => String, { description: 'The name of the pack: `CIS_AWS_FOUNDATIONS`.' })
  name: string;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description:
      'The accounts whose data it sees. Left out: all that the token may see, for a token of every account ' +
      'those to come included.',
  })
  accountIds?: string[] | null;
}

@ArgsType()
export class InstallAlarmPackArgs extends AlarmPackArgs {
  @Field(() => [String], { nullable: true, description: 'Targets to tell when an alarm goes into ALARM: at most 5.' })
  alarmActions?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Targets to tell when an alarm becomes OK: at most 5.' })
  okActions?: string[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'What a pack has made, or what was made with it.' })
export class AlarmPackPayload {
  @Field(() => [Alarm], { description: 'Its alarms; after `removeAlarmPack`, as they were. By name.' })
  alarms: Alarm[];

  @Field(() => [MetricFilter], { description: 'Its metric filters; after `removeAlarmPack`, as they were. By name.' })
  metricFilters: MetricFilter[];
}
