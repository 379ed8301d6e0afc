import { describe, expect, it } from 'vitest';
import { alarmChanged, bucketDeleted, fakeContext, messageOf, rules } from '../../../test/support/targets.js';
import { pagerDuty } from './pagerduty.js';

const routingKey = 'R0123456789abcdefghijklmnopqrstu';
const target = pagerDuty.parse({ routingKey }, null, rules);

async function sent(body: string, to = target) {
  const context = fakeContext({ status: 202 });
  await pagerDuty.send(to, messageOf(body), context);
  const [request] = context.requests;
  if (request === undefined) throw new Error('nothing was sent');
  return { ...request, event: JSON.parse(String(request.body)) };
}

describe('what is sent', () => {
  // Addresses: PagerDuty's Events API v2, and its service region in Europe.
  it.each([
    ['US', 'https://events.pagerduty.com/v2/enqueue'],
    ['EU', 'https://events.eu.pagerduty.com/v2/enqueue'],
  ])('goes, of an account in %s, to %s', async (serviceRegion, url) => {
    const request = await sent('"x"', pagerDuty.parse({ routingKey, serviceRegion }, null, rules));
    expect(request.url).toBe(url);
    expect(request.headers).toEqual({ 'user-agent': 'crosstrail', 'content-type': 'application/json' });
  });

  // Fields: PagerDuty's Events API v2, "Send an alert event". What they are given is ours.
  it('an event is an alert of its own', async () => {
    expect((await sent(JSON.stringify(bucketDeleted))).event).toEqual({
      routing_key: routingKey,
      event_action: 'trigger',
      dedup_key: '0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11',
      payload: {
        summary: 'DeleteBucket by Admin/alice in 111122223333/eu-west-1',
        source: '111122223333/eu-west-1',
        severity: 'error',
        timestamp: '2026-03-01T11:58:00.000Z',
        component: 'aws.s3',
        class: 'AWS API Call via CloudTrail',
        custom_details: bucketDeleted.detail,
      },
    });
  });

  it.each([
    ['ALARM', 'OK', 'trigger', 'critical'],
    ['OK', 'ALARM', 'resolve', 'critical'],
    ['INSUFFICIENT_DATA', 'OK', 'trigger', 'warning'],
  ])('an alarm in %s that was in %s: %s, %s', async (state, previous, action, severity) => {
    const critical = pagerDuty.parse({ routingKey, severity: 'critical' }, null, rules);
    const { event } = await sent(JSON.stringify(alarmChanged(state, previous)), critical);
    expect(event).toMatchObject({
      event_action: action,
      dedup_key: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:RootLogins',
      payload: {
        summary: `RootLogins: ${previous} → ${state}`,
        severity,
        custom_details: { reason: 'Threshold Crossed: 1 datapoint [1.0] was > 0.0', alarmName: 'RootLogins' },
      },
    });
  });

  it('the key of an alarm with a long ARN is a hash, the same each time', async () => {
    const alarm = { ...alarmChanged('ALARM'), resources: [`arn:${'x'.repeat(255)}`] };
    const [first, second] = [await sent(JSON.stringify(alarm)), await sent(JSON.stringify(alarm))];
    expect(first.event.dedup_key).toMatch(/^[0-9a-f]{64}$/);
    expect(second.event.dedup_key).toBe(first.event.dedup_key);
  });

  it.each([
    ['text', '"disk is \\"full\\""', 'disk is "full"', { message: 'disk is "full"' }],
    ['an object that is no event', '{"a":1}', '{"a":1}', { a: 1 }],
    ['nothing', '""', 'An empty message', { message: '' }],
  ])('%s', async (_, body, summary, details) => {
    expect((await sent(body)).event.payload).toEqual({
      summary,
      source: 'crosstrail',
      severity: 'error',
      timestamp: '2026-03-01T11:59:58.000Z',
      custom_details: details,
    });
  });

  it('a summary has 1,024 characters at most', async () => {
    expect((await sent(JSON.stringify('x'.repeat(5000)))).event.payload.summary).toHaveLength(1024);
  });

  it.each([
    {
      event_action: 'trigger',
      routing_key: 'another',
      payload: { summary: 's', source: 'x', severity: 'info' },
      links: [],
    },
    { event_action: 'acknowledge', dedup_key: 'k' },
    { event_action: 'resolve', dedup_key: 'k' },
  ])("an event of PagerDuty's own goes through, with the target's key: %j", async (event) => {
    expect((await sent(JSON.stringify(event))).event).toEqual({ ...event, routing_key: routingKey });
  });

  it.each([{ event_action: 'trigger' }, { event_action: 'resolve' }, { event_action: 'change', payload: {} }])(
    'what only looks like one does not: %j',
    async (event) => {
      expect((await sent(JSON.stringify(event))).event).toMatchObject({
        event_action: 'trigger',
        payload: { custom_details: event },
      });
    },
  );

  it('more than 512 KB is not sent', async () => {
    const context = fakeContext();
    const outcome = await pagerDuty.send(target, messageOf(JSON.stringify('x'.repeat(600_000))), context);
    expect(outcome).toMatchObject({ delivered: false, retry: false, blames: 'message' });
    expect(context.requests).toEqual([]);
  });
});

// Statuses and the form of 400: PagerDuty's Events API v2, "Response codes & retry logic".
it.each([
  [202, '{"status":"success","message":"Event processed","dedup_key":"k"}', { delivered: true, answer: '202' }],
  [
    400,
    '{"status":"invalid event","message":"Event object is invalid","errors":["\'payload.severity\' is invalid"]}',
    {
      retry: false,
      blames: 'message',
      reason: "PagerDuty answered 400: Event object is invalid, 'payload.severity' is invalid",
    },
  ],
  [
    400,
    '{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}',
    { retry: true, blames: 'target', retryAfterSeconds: 60 },
  ],
  [400, '<html>', { retry: false, blames: 'message', reason: 'PagerDuty answered 400' }],
  [429, '', { retry: true, blames: 'target' }],
  [503, '', { retry: true, blames: 'target' }],
])('the answer %i %s', async (status, body, expected) => {
  expect(await pagerDuty.send(target, messageOf('"x"'), fakeContext({ status, body }))).toMatchObject(expected);
});

describe('what is given', () => {
  it('is an error of an account in the US, where nothing is said; the key is a secret', () => {
    expect(target).toEqual({ settings: { serviceRegion: 'US', severity: 'error' }, secrets: { routingKey } });
  });

  it('stays where it is left out, and goes back to that with null', () => {
    const known = pagerDuty.parse({ routingKey, serviceRegion: 'EU', severity: 'info' }, null, rules);
    expect(pagerDuty.parse({}, known, rules)).toEqual(known);
    expect(pagerDuty.parse({ serviceRegion: null, severity: null }, known, rules)).toEqual(target);
  });

  it.each([
    ['input.routingKey', {}],
    ['input.routingKey', { routingKey: null }],
    ['input.routingKey', { routingKey: routingKey.slice(1) }],
    ['input.routingKey', { routingKey: `${routingKey.slice(1)}\n` }],
    ['input.serviceRegion', { routingKey, serviceRegion: 'eu' }],
    ['input.serviceRegion', { routingKey, serviceRegion: 'constructor' }],
    ['input.severity', { routingKey, severity: 'fatal' }],
  ])('%s is refused in %j', (argument, input) => {
    expect(() => pagerDuty.parse(input, null, rules)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ argument }) }),
    );
  });
});
