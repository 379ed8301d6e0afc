import { createHash } from 'node:crypto';
import type { Message } from '../target-kind.js';
import { cut, objectOf, readBody } from './body.js';
import { type AlarmChange, accountsOf, alarmChangeOf, type Envelope, envelopeOf, headlineOf } from './envelope.js';

export const severities = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** Source: PagerDuty's Events API v2, "Send an alert event". */
const most = { summary: 1024, dedupKey: 255 };

/**
 * What PagerDuty is told. A body that is an event of PagerDuty's own is left as it is. An alarm is one alert by its ARN,
 * which OK resolves; anything else is an alert of its own.
 */
export function pagerDutyEvent(message: Message, severity: Severity): object {
  const body = readBody(message.body);
  const object = objectOf(body);
  if (isPagerDutyEvent(object)) return object;
  const envelope = envelopeOf(object);
  const alarm = envelope === null ? null : alarmChangeOf(envelope);
  const text = 'text' in body ? body.text : JSON.stringify(body.value);
  return {
    event_action: alarm?.state === 'OK' ? 'resolve' : 'trigger',
    dedup_key: dedupKeyOf(alarm?.arn ?? message.id),
    payload: {
      summary: cut((envelope === null ? text : headlineOf(envelope)).trim(), most.summary) || 'An empty message',
      source: sourceOf(envelope),
      severity: alarm?.state === 'INSUFFICIENT_DATA' ? 'warning' : severity,
      timestamp: timeOf(envelope) ?? message.createdAt.toISOString(),
      ...(envelope === null ? {} : { component: envelope.source, class: envelope.detailType }),
      custom_details: detailsOf(envelope, alarm, body),
    },
  };
}

function isPagerDutyEvent(
  object: Readonly<Record<string, unknown>> | null,
): object is Readonly<Record<string, unknown>> {
  if (object === null) return false;
  const { event_action: action, payload } = object;
  if (action === 'trigger') return typeof payload === 'object' && payload !== null;
  return (action === 'acknowledge' || action === 'resolve') && typeof object['dedup_key'] === 'string';
}

/** An ARN with a long name of an alarm is longer than a key may be. */
function dedupKeyOf(key: string): string {
  return key.length <= most.dedupKey ? key : createHash('sha256').update(key).digest('hex');
}

function sourceOf(envelope: Envelope | null): string {
  if (envelope === null) return 'crosstrail';
  const place = [accountsOf(envelope), envelope.region].filter((part) => part !== null).join('/');
  return place === '' ? envelope.source : place;
}

function timeOf(envelope: Envelope | null): string | null {
  const time = Date.parse(envelope?.time ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function detailsOf(envelope: Envelope | null, alarm: AlarmChange | null, body: ReturnType<typeof readBody>): unknown {
  if (envelope === null) return 'text' in body ? { message: body.text } : body.value;
  return { ...(alarm === null ? {} : { reason: alarm.reason }), ...envelope.detail };
}
