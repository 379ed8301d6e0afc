import { ownAccount } from '../own-account.port.js';

/** An event as rules see it: the envelope of EventBridge. */
export interface Envelope {
  readonly source: string;
  readonly detailType: string;
  readonly account: string | null;
  readonly region: string | null;
  /** ISO 8601. */
  readonly time: string | null;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Null for an object that is no event. */
export function envelopeOf(object: Readonly<Record<string, unknown>> | null): Envelope | null {
  const source = textAt(object, 'source');
  const detailType = textAt(object, 'detail-type');
  const detail = fieldsAt(object, 'detail');
  if (object === null || source === null || detailType === null || detail === null) return null;
  const { resources } = object;
  return {
    source,
    detailType,
    account: textAt(object, 'account'),
    region: textAt(object, 'region'),
    time: textAt(object, 'time'),
    resources: Array.isArray(resources) ? resources.filter((each) => typeof each === 'string') : [],
    detail,
  };
}

/** A change of an alarm's state. */
export interface AlarmChange {
  readonly arn: string;
  readonly name: string;
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly previousState: string | null;
  readonly reason: string | null;
  /** Whether it corrects what was told before; if state and previous state are the same, nothing happened after all. */
  readonly isCorrection: boolean;
}

/** Null for any other event. Source: "Alarm events and EventBridge", CloudWatch User Guide. */
export function alarmChangeOf({ detailType, resources, detail }: Envelope): AlarmChange | null {
  const state = fieldsAt(detail, 'state');
  const name = textAt(detail, 'alarmName');
  const value = textAt(state, 'value');
  if (detailType !== 'CloudWatch Alarm State Change' || name === null || value === null) return null;
  return {
    arn: resources[0] ?? name,
    name,
    state: value,
    previousState: textAt(fieldsAt(detail, 'previousState'), 'value'),
    reason: textAt(state, 'reason'),
    isCorrection: textAt(fieldsAt(detail, 'crosstrail'), 'supersedes') !== null,
  };
}

/** What happened, by whom and where, in a line: `DeleteBucket by alice in 111122223333/eu-west-1`. */
export function headlineOf(envelope: Envelope): string {
  const { account, region, detail, detailType } = envelope;
  const alarm = alarmChangeOf(envelope);
  if (alarm !== null) return alarmHeadline(alarm);
  const who = actorOf(detail);
  const where = [account, region].filter((part) => part !== null).join('/');
  const what = textAt(detail, 'eventName') ?? detailType;
  return `${what}${who === null ? '' : ` by ${who}`}${where === '' ? '' : ` in ${where}`}`;
}

function alarmHeadline({ name, state, previousState, isCorrection }: AlarmChange): string {
  if (isCorrection && state === previousState) return `${name}: ${state} (an earlier change is withdrawn)`;
  const states = previousState === null ? state : `${previousState} → ${state}`;
  return `${name}: ${states}${isCorrection ? ' (corrected)' : ''}`;
}

/** Whose data an event tells of, for a reader; null where it does not say. */
export function accountsOf({ account, detail }: Envelope): string | null {
  if (account !== null && account !== ownAccount) return account;
  const ours = fieldsAt(detail, 'crosstrail');
  if (ours === null || !Object.hasOwn(ours, 'accountIds')) return account;
  const { accountIds } = ours;
  if (!Array.isArray(accountIds)) return 'every account';
  const [first, ...others] = accountIds.filter((each) => typeof each === 'string');
  return others.length === 0 ? (first ?? null) : `${first} and ${others.length} more`;
}

/** What else a reader wants to know of it at a glance, by its heading; without what the event does not say. */
export function factsOf({ source, time, detail }: Envelope): readonly (readonly [heading: string, text: string])[] {
  const message = textAt(detail, 'errorMessage');
  const code = textAt(detail, 'errorCode');
  const error = [code, message].filter((part) => part !== null).join(': ');
  const facts: (readonly [string, string | null])[] = [
    ['Source', source],
    ['Time', time],
    ['Address', textAt(detail, 'sourceIPAddress')],
    ['Error', error === '' ? null : error],
  ];
  return facts.flatMap(([heading, text]) => (text === null ? [] : [[heading, text] as const]));
}

/** The user, or role and session, that CloudTrail names. */
function actorOf(detail: Readonly<Record<string, unknown>>): string | null {
  const identity = fieldsAt(detail, 'userIdentity');
  if (textAt(identity, 'type') === 'Root') return 'root';
  const [, ofArn] = /:(?:assumed-role|user|federated-user)\/(.+)$/.exec(textAt(identity, 'arn') ?? '') ?? [];
  return ofArn ?? textAt(identity, 'userName') ?? textAt(identity, 'invokedBy') ?? textAt(identity, 'principalId');
}

function textAt(object: Readonly<Record<string, unknown>> | null, name: string): string | null {
  const value = object !== null && Object.hasOwn(object, name) ? object[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

function fieldsAt(object: Readonly<Record<string, unknown>> | null, name: string): Record<string, unknown> | null {
  const value = object !== null && Object.hasOwn(object, name) ? object[name] : null;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
