import type { OutboundResponse } from '../../platform/outbound/outbound-http.js';
import type { Outcome, TargetKind } from '../target-kind.js';
import { objectOf, readBody } from './body.js';
import { httpOutcome, messageFault, needsMending } from './failures.js';
import { post } from './http-target.js';
import { checkedUrl } from './input-fields.js';
import { slackMessage } from './slack-message.js';

interface Settings {
  /** All of the URL that may be shown: whoever knows the rest can write to the channel. */
  readonly host: string;
}

interface Secrets {
  readonly url: string;
}

/** An incoming webhook of Slack, or of what takes the same messages. */
export const slack: TargetKind<Settings, Secrets> = {
  fields: ['url'],

  parse(input, known, rules) {
    const url = checkedUrl(input.url, known?.secrets.url, rules);
    return { settings: { host: url.host }, secrets: { url: url.href } };
  },

  async send({ secrets }, message, context) {
    const body = readBody(message.body);
    const isMessage = isSlackMessage(objectOf(body));
    const sent = isMessage ? message.body : JSON.stringify(slackMessage(body));
    const headers = { 'content-type': 'application/json' };
    return await post(context, { url: secrets.url, headers, body: sent }, (answer) => outcomeOf(answer, context.now()));
  },
};

function isSlackMessage(object: Readonly<Record<string, unknown>> | null): boolean {
  if (object === null) return false;
  const { text, blocks, attachments } = object;
  return typeof text === 'string' || Array.isArray(blocks) || Array.isArray(attachments);
}

/** Codes of 400 and 403 that speak of the channel or the webhook. Source: Slack, "Handling errors" of incoming webhooks. */
const ofTarget = new Set([
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_token',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'posting_to_general_channel_denied',
  'team_disabled',
  'user_not_found',
]);

/** Slack answers with one word, which says more than the status. */
function outcomeOf(answer: OutboundResponse, now: Date): Outcome {
  const code = /^[a-z_]{1,60}$/.exec(answer.body.trim())?.[0] ?? '';
  if (answer.status === 404 || answer.status === 410 || ofTarget.has(code)) {
    return needsMending(`Slack answered ${answer.status}${code === '' ? '' : `: ${code}`}`);
  }
  if (/^(invalid_payload|no_text|invalid_blocks|too_many_attachments|msg_too_long)$/.test(code)) {
    return messageFault(`Slack answered ${answer.status}: ${code}`);
  }
  return httpOutcome(answer, now, code);
}
