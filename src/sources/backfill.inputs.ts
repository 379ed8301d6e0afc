import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { dayMs } from '../lib/time.js';
import { isRegion } from '../platform/aws/partition.js';
import { badInput } from '../platform/errors.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';
import { Backfill } from './backfill.entity.js';

@InputType({ description: 'Which log files of days gone by to collect.' })
export class StartBackfillInput {
  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts; all that this token covers when left out, those connected later not included.',
  })
  accountIds?: string[] | null;

  @Field(() => DateTimeScalar, {
    description:
      'The first day (UTC) on which the files were delivered, at any of its times. Refused when none of the accounts ' +
      'keeps events of these days.',
  })
  from: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The end of the last day, exclusive; up to now when left out.',
  })
  to?: Date | null;

  @Field(() => [String], { nullable: true, description: 'Only these regions, at most 100; all when left out.' })
  regions?: string[] | null;
}

@InputType({ description: 'The backfill to pause.' })
export class PauseBackfillInput {
  @Field(() => ID, { description: 'The id of the backfill.' })
  id: string;
}

@InputType({ description: 'The backfill to resume.' })
export class ResumeBackfillInput {
  @Field(() => ID, { description: 'The id of the backfill.' })
  id: string;
}

@ObjectType({ simpleResolvers: true, description: 'A backfill after a change.' })
export class BackfillPayload {
  @Field(() => Backfill, { description: 'The backfill as it is now.' })
  backfill: Backfill;
}

/** The days and regions of a backfill, checked. */
export interface BackfillSpan {
  /** `YYYY-MM-DD`, both included. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly regions: readonly string[] | null;
}

/** CloudTrail was announced on 2013-11-13: no bucket has older files. */
const firstDay = '2013-11-01';
const mostRegions = 100;

/** @throws BAD_USER_INPUT naming the argument */
export function parseSpan(input: StartBackfillInput, now: Date): BackfillSpan {
  const fromDay = dayOf(input.from.getTime());
  // Exclusive: midnight is the end of the day before.
  const toDay = dayOf(Math.min((input.to ?? now).getTime() - 1, now.getTime()));
  if (fromDay < firstDay) throw badInput('input.from', `is before ${firstDay}, when there was no CloudTrail yet`);
  if (fromDay > dayOf(now.getTime())) throw badInput('input.from', 'lies ahead; what is to come is collected anyway');
  if (fromDay > toDay) throw badInput('input.to', 'must be after `from`');
  return { fromDay, toDay, regions: parseRegions(input.regions ?? null) };
}

/**
 * Files of days that no account keeps would be found and not taken. Where one keeps a part of them, all are looked through.
 *
 * @param keptSince from when on one of the accounts keeps events, milliseconds UTC; null for ever
 * @throws BAD_USER_INPUT
 */
export function requireKept({ toDay }: Pick<BackfillSpan, 'toDay'>, keptSince: number | null): void {
  if (keptSince === null || toDay >= dayOf(keptSince)) return;
  throw badInput(
    'input.from',
    `up to ${toDay} nothing is kept: these accounts keep events since ${dayOf(keptSince)} at the earliest; choose later ` +
      'days, or have more kept with `retentionDays` of the account or CROSSTRAIL_RETENTION_DAYS',
  );
}

function parseRegions(regions: readonly string[] | null): readonly string[] | null {
  if (regions === null) return null;
  if (regions.length === 0) throw badInput('input.regions', 'is empty; leave it out for every region');
  if (regions.length > mostRegions) throw badInput('input.regions', `has more than ${mostRegions} regions`);
  for (const [index, region] of regions.entries()) {
    if (!isRegion(region)) throw badInput(`input.regions[${index}]`, 'must be a region such as eu-west-1');
  }
  return [...new Set(regions)].sort();
}

function dayOf(time: number): string {
  return new Date(Math.floor(time / dayMs) * dayMs).toISOString().slice(0, 10);
}
