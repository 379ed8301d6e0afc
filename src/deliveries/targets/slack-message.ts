import { type Body, cut, objectOf } from './body.js';
import { accountsOf, alarmChangeOf, type Envelope, envelopeOf, factsOf, headlineOf } from './envelope.js';

/** Characters that Slack takes. Source: Slack's reference of blocks, and "Truncating content". */
const most = { header: 150, section: 3000, field: 2000, text: 40_000 };

/** What Slack shows of a body that is no message of Slack's own: text as it is, an event by what happened in it. */
export function slackMessage(body: Body): object {
  if ('text' in body) return { text: mrkdwn(body.text, most.text) };
  const envelope = envelopeOf(objectOf(body));
  return envelope === null ? codeMessage(body.value) : eventMessage(envelope);
}

function codeMessage(value: unknown): object {
  const fence = '```';
  const code = mrkdwn(JSON.stringify(value, null, 2).replaceAll(fence, "'''"), most.section - 2 * fence.length);
  return { text: `${fence}${code}${fence}` };
}

function eventMessage(envelope: Envelope): object {
  const headline = headlineOf(envelope);
  const reason = alarmChangeOf(envelope)?.reason ?? null;
  const place = alarmChangeOf(envelope) === null ? [] : placeOf(envelope);
  const facts = [...place, ...factsOf(envelope)];
  return {
    // What notifications show; the blocks stand in the channel.
    text: mrkdwn(headline, most.section),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(headline, most.header), emoji: false } },
      ...(reason === null ? [] : [{ type: 'section', text: verbatim(mrkdwn(reason, most.section)) }]),
      { type: 'section', fields: facts.map(([heading, text]) => fieldOf(heading, text)) },
    ],
  };
}

/** The headline of any other event has it. */
function placeOf(envelope: Envelope): (readonly [string, string])[] {
  const { region } = envelope;
  const accounts = accountsOf(envelope);
  return [
    ...(accounts === null ? [] : [['Account', accounts] as const]),
    ...(region === null ? [] : [['Region', region] as const]),
  ];
}

function fieldOf(heading: string, text: string): object {
  const start = `*${heading}*\n`;
  return verbatim(`${start}${mrkdwn(text, most.field - start.length)}`);
}

/** Names of channels and addresses in it stay text: they come from the event. */
function verbatim(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escaped, so that nothing in it calls a channel or hides a link, and bounded in what is left. */
export function mrkdwn(text: string, length: number): string {
  const escaped = (raw: string) => raw.replace(/[&<>]/g, (character) => entities[character] ?? '');
  const whole = escaped(cut(text, length));
  if (whole.length <= length) return whole;
  return `${whole
    .slice(0, length - 1)
    .replace(/&[a-z]*$/, '')
    .replace(/[\ud800-\udbff]$/, '')}…`;
}
