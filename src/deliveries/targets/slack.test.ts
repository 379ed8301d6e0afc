import { describe, expect, it } from 'vitest';
import { alarmChanged, bucketDeleted, fakeContext, messageOf, rules } from '../../../test/support/targets.js';
import { slack } from './slack.js';
import { mrkdwn } from './slack-message.js';

const url = 'https://hooks.slack.com/services/T000/B000/XXXXXXXX';
const target = slack.parse({ url }, null, rules);

async function sent(body: string) {
  const context = fakeContext({ status: 200, body: 'ok' });
  await slack.send(target, messageOf(body), context);
  const [request] = context.requests;
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}
const shown = async (body: string) => JSON.parse(String((await sent(body)).body));

describe('what is sent', () => {
  it('a POST of JSON to the URL', async () => {
    const { url: called, headers } = await sent('"hello"');
    expect(called).toBe(url);
    expect(headers).toEqual({ 'user-agent': 'crosstrail', 'content-type': 'application/json' });
  });

  // Forms: Slack, "Sending messages using incoming webhooks" and its reference of blocks. What an event looks like: ours.
  it.each([
    ['a message of Slack with text', '{"text":"hi <!here>",  "n":1.0}'],
    ['a message of Slack with blocks', '{"blocks":[]}'],
    ['a message of Slack with attachments', '{"attachments":[{"text":"x"}]}'],
  ])('%s, as it is', async (_, body) => {
    expect((await sent(body)).body).toBe(body);
  });

  it.each([
    ['text that is a JSON string', '"a \\"b\\" <!channel> & c"', 'a "b" &lt;!channel&gt; &amp; c'],
    ['lines in quotes', '"one"\n"two"', 'one\ntwo'],
    ['text that is no JSON', 'just {text', 'just {text'],
    ['a number', '17', '```17```'],
    ['an object that is no event', '{"a":"``` <b>"}', '```{\n  "a": "\'\'\' &lt;b&gt;"\n}```'],
    ['an object with a text that is none', '{"text":1}', '```{\n  "text": 1\n}```'],
  ])('%s', async (_, body, text) => {
    expect(await shown(body)).toEqual({ text });
  });

  it('an event: who did what, and what else there is to know', async () => {
    expect(await shown(JSON.stringify(bucketDeleted))).toEqual({
      text: 'DeleteBucket by Admin/alice in 111122223333/eu-west-1',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: 'DeleteBucket by Admin/alice in 111122223333/eu-west-1', emoji: false },
        },
        {
          type: 'section',
          fields: [
            { type: 'mrkdwn', text: '*Source*\naws.s3', verbatim: true },
            { type: 'mrkdwn', text: '*Time*\n2026-03-01T11:58:00Z', verbatim: true },
            { type: 'mrkdwn', text: '*Address*\n203.0.113.9', verbatim: true },
            { type: 'mrkdwn', text: '*Error*\nAccessDenied: not &lt;authorized&gt; &amp; refused', verbatim: true },
          ],
        },
      ],
    });
  });

  it('an alarm: its name, its states and the reason', async () => {
    const { text, blocks } = await shown(JSON.stringify(alarmChanged('ALARM')));
    expect(text).toBe('RootLogins: OK → ALARM');
    expect(blocks[1].text.text).toBe('Threshold Crossed: 1 datapoint [1.0] was &gt; 0.0');
    expect(blocks[2].fields.map((field: { text: string }) => field.text)).toEqual([
      '*Account*\n111122223333',
      '*Region*\neu-west-1',
      '*Source*\naws.cloudwatch',
      '*Time*\n2026-03-01T11:58:00Z',
    ]);
  });

  it('nothing longer than Slack takes', async () => {
    const long = '&'.repeat(50_000);
    const event = { ...bucketDeleted, detail: { eventName: long, sourceIPAddress: long, errorMessage: long } };
    const { text, blocks } = await shown(JSON.stringify(event));
    expect(text.length).toBeLessThanOrEqual(3000);
    expect(blocks[0].text.text).toHaveLength(150);
    for (const field of blocks[1].fields) expect(field.text.length).toBeLessThanOrEqual(2000);
    expect((await shown(JSON.stringify(long))).text.length).toBeLessThanOrEqual(40_000);
    expect((await shown(JSON.stringify([long]))).text.length).toBeLessThanOrEqual(3000);
  });

  it.each([
    ['<<<', 9, '&lt;&lt;…'],
    ['<<<', 10, '&lt;&lt;…'],
    ['&😀x', 7, '&amp;…'],
    ['<<<', 12, '&lt;&lt;&lt;'],
    ['abc', 2, 'a…'],
    ['a😀b', 3, 'a…'],
    ['&😀', 6, '&amp;…'],
  ])('%j in %i characters is %j: nothing is cut in two', (text, length, expected) => {
    expect(mrkdwn(text, length)).toBe(expected);
  });
});

// Source of the words: Slack, "Handling errors" of incoming webhooks. Whom they speak of is ours.
it.each([
  [200, 'ok', { delivered: true, answer: '200' }],
  [400, 'invalid_payload', { retry: false, blames: 'message', reason: 'Slack answered 400: invalid_payload' }],
  [400, 'no_text', { retry: false, blames: 'message' }],
  [400, 'something_new', { retry: false, blames: 'message', reason: 'it answered 400: something_new' }],
  [400, 'no_team', { retry: true, blames: 'target' }],
  [403, 'action_prohibited', { retry: true, blames: 'target', reason: 'Slack answered 403: action_prohibited' }],
  [404, 'no_service', { retry: true, blames: 'target', retryAfterSeconds: 60 }],
  [410, 'channel_is_archived', { retry: true, blames: 'target', retryAfterSeconds: 60 }],
  [404, `<html>${url}</html>`, { retry: true, blames: 'target', reason: 'Slack answered 404' }],
  [429, '', { retry: true, blames: 'target', reason: 'it answered 429', retryAfterSeconds: 30 }],
  [500, 'rollup_error', { retry: true, blames: 'target', reason: 'it answered 500: rollup_error' }],
])('the answer %i %s', async (status, body, expected) => {
  const answer = { status, body, headers: { retryAfter: status === 429 ? '30' : null, contentType: null } };
  expect(await slack.send(target, messageOf('"x"'), fakeContext(answer))).toMatchObject(expected);
});

describe('the URL', () => {
  it('is a secret: only its host is shown', () => {
    expect(target).toEqual({ settings: { host: 'hooks.slack.com' }, secrets: { url } });
  });

  it('stays where it is left out', () => {
    expect(slack.parse({}, target, rules)).toEqual(target);
  });

  it.each([[{}], [{ url: null }], [{ url: '' }], [{ url: 'https://internal.example/' }]])('%j is refused', (input) => {
    expect(() => slack.parse(input, null, rules)).toThrow(/^input\.url: /);
  });
});
