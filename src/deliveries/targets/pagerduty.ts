import { badInput } from '../../platform/errors.js';
import type { OutboundResponse } from '../../platform/outbound/outbound-http.js';
import type { Outcome, TargetKind } from '../target-kind.js';
import { cut } from './body.js';
import { httpOutcome, messageFault, needsMending, tooLarge } from './failures.js';
import { post } from './http-target.js';
import { oneOf } from './input-fields.js';
import { pagerDutyEvent, type Severity, severities } from './pagerduty-event.js';

const urls = {
  US: 'https://events.pagerduty.com/v2/enqueue',
  EU: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;
type ServiceRegion = keyof typeof urls;

interface Settings {
  readonly serviceRegion: ServiceRegion;
  /** Of what is no alarm, and of alarms in state ALARM. */
  readonly severity: Severity;
}

interface Secrets {
  readonly routingKey: string;
}

/** Source: PagerDuty's Events API v2: 512 KB an event. */
const maxBytes = 512 * 1024;

/** Events API v2 of PagerDuty. */
export const pagerDuty: TargetKind<Settings, Secrets> = {
  fields: ['routingKey', 'serviceRegion', 'severity'],

  parse(input, known) {
    const routingKey = input.routingKey === undefined ? known?.secrets.routingKey : input.routingKey;
    if (!routingKey)
      throw badInput('input.routingKey', 'is missing: the integration key of a service or event orchestration');
    if (!/^[A-Za-z0-9]{32}$/.test(routingKey)) throw badInput('input.routingKey', 'must have 32 letters and digits');
    const regions = Object.keys(urls) as ServiceRegion[];
    return {
      settings: {
        serviceRegion: oneOf('serviceRegion', input.serviceRegion, known?.settings.serviceRegion, regions, 'US'),
        severity: oneOf('severity', input.severity, known?.settings.severity, severities, 'error'),
      },
      secrets: { routingKey },
    };
  },

  async send({ settings, secrets }, message, context) {
    const body = JSON.stringify({ ...pagerDutyEvent(message, settings.severity), routing_key: secrets.routingKey });
    const tooMuch = tooLarge(Buffer.byteLength(body), maxBytes, 'PagerDuty');
    if (tooMuch !== null) return tooMuch;
    const headers = { 'content-type': 'application/json' };
    const request = { url: urls[settings.serviceRegion], headers, body };
    return await post(context, request, (answer) => outcomeOf(answer, context.now()));
  },
};

/** A 400 says what is wrong in `errors`; one of them is the key. */
function outcomeOf(answer: OutboundResponse, now: Date): Outcome {
  if (answer.status !== 400) return httpOutcome(answer, now);
  const errors = errorsOf(answer.body);
  const reason = `PagerDuty answered 400${errors === '' ? '' : `: ${errors}`}`;
  return /routing.?key/i.test(errors)
    ? needsMending(`${reason}; give the target another routing key`)
    : messageFault(reason);
}

function errorsOf(body: string): string {
  try {
    const { message, errors } = JSON.parse(body) as { message?: unknown; errors?: unknown };
    const said = [message, ...(Array.isArray(errors) ? errors : [])].filter((each) => typeof each === 'string');
    return cut(said.join(', ').replace(/\s+/g, ' '), 300);
  } catch {
    return '';
  }
}
