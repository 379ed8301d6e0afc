import { partitionOfRegion } from '../platform/aws/partition.js';

/** Of what an alarm speaks, where that is one account, or one region. */
export interface AlarmPlace {
  readonly accountId: string | null;
  readonly region: string | null;
}

/**
 * The name by which targets know an alarm, in the form of AWS's: `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:NAME`.
 * An alarm belongs to no account and no region; what it does not speak of stands empty.
 */
export function alarmArn(name: string, { accountId, region }: AlarmPlace): string {
  const partition = region === null ? 'aws' : partitionOfRegion(region);
  return `arn:${partition}:cloudwatch:${region ?? ''}:${accountId ?? ''}:alarm:${name}`;
}
