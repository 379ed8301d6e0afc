import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeContext, messageOf, rules, sentAt } from '../../../test/support/targets.js';
import type { TargetInputFields } from '../target-kind.js';
import { webhook } from './webhook.js';

const url = 'https://hooks.example/in?a=1';
const secret = (byte: number, length = 32) => `whsec_${Buffer.alloc(length, byte).toString('base64')}`;
const [oldSecret, newSecret] = [secret(1), secret(2)];

async function sent(input: TargetInputFields, body = '{"a":1}') {
  const context = fakeContext();
  const outcome = await webhook.send(webhook.parse({ url, ...input }, null, rules), messageOf(body), context);
  const [request] = context.requests;
  if (request === undefined) throw new Error('nothing was sent');
  return { outcome, request };
}

describe('what is sent', () => {
  it('a POST of the body, signed', async () => {
    const { request, outcome } = await sent({ secrets: [oldSecret], headers: [{ name: 'X-Token', value: 'abc' }] });
    expect(outcome).toEqual({ delivered: true, answer: '204' });
    expect(request).toMatchObject({ url, body: '{"a":1}' });
    expect(request.headers).toEqual({
      'user-agent': 'crosstrail',
      'x-token': 'abc',
      'content-type': 'application/json',
      'webhook-id': 'msg_0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11',
      'webhook-timestamp': '1772366400',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
  });

  it.each([
    ['{"a":1}', 'application/json'],
    ['"text"', 'application/json'],
    ['"one"\n"two"', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
  ])('%j is sent as %s', async (body, type) => {
    expect((await sent({}, body)).request.headers['content-type']).toBe(type);
  });

  // Truth: the package `standardwebhooks`, which checks the time against the clock.
  describe('a receiver that checks signatures', () => {
    beforeAll(() => {
      vi.useFakeTimers({ now: sentAt, toFake: ['Date'] });
      return () => vi.useRealTimers();
    });

    it.each([
      ['has the only secret', [oldSecret], oldSecret, true],
      ['has the new one of two', [newSecret, oldSecret], newSecret, true],
      ['has the old one of two', [newSecret, oldSecret], oldSecret, true],
      ['has another', [newSecret, oldSecret], secret(3), false],
      ['has the shortest', [secret(4, 24)], secret(4, 24), true],
      ['has the longest', [secret(5, 64)], secret(5, 64), true],
    ])('and %s takes it: %4$s', async (_, secrets, known, isGood) => {
      const { request } = await sent({ secrets }, '{"name":"Zoë 😀"}');
      const verify = () => new Webhook(known).verify(String(request.body), { ...request.headers });
      if (isGood) expect(verify()).toEqual({ name: 'Zoë 😀' });
      else expect(verify).toThrow('No matching signature found');
    });

    it('sees the new one first, and refuses another body', async () => {
      const { request } = await sent({ secrets: [newSecret, oldSecret] });
      const [first] = String(request.headers['webhook-signature']).split(' ');
      const message = 'msg_0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11';
      expect(first).toBe(new Webhook(newSecret).sign(message, sentAt, String(request.body)));
      expect(() => new Webhook(newSecret).verify('{"a":2}', { ...request.headers })).toThrow();
    });
  });
});

describe('secrets', () => {
  it('one is made where none is given, and shown once', () => {
    const made = webhook.parse({ url }, null, rules);
    expect(made.newSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made.secrets.signing).toEqual([made.newSecret]);
    expect(webhook.parse({ url }, null, rules).newSecret).not.toBe(made.newSecret);
  });

  it.each<[string, TargetInputFields, (string | RegExp)[]]>([
    ['left out: they stay', {}, [newSecret, oldSecret]],
    ['given: those', { secrets: [secret(6)] }, [secret(6)]],
    ['rotated: a new one before the newest', { rotateSecret: true }, [/^whsec_/, newSecret]],
    ['null: a new one alone', { secrets: null }, [/^whsec_/]],
    ['an empty list: a new one alone', { secrets: [] }, [/^whsec_/]],
  ])('%s', (_, input, expected) => {
    const known = webhook.parse({ url, secrets: [newSecret, oldSecret] }, null, rules);
    const { secrets, newSecret: shown } = webhook.parse(input, known, rules);
    const isMade = expected[0] instanceof RegExp;
    expect(secrets.signing).toEqual(
      expected.map((each) => (each instanceof RegExp ? expect.stringMatching(each) : each)),
    );
    expect(shown).toBe(isMade ? secrets.signing[0] : undefined);
    expect([newSecret, oldSecret]).not.toContain(shown);
  });
});

describe('headers', () => {
  it('stay where they are left out, by name too; null takes them away', () => {
    const known = webhook.parse(
      {
        url,
        headers: [
          { name: 'A-Key', value: '1' },
          { name: 'b', value: '2' },
        ],
      },
      null,
      rules,
    );
    expect(known.settings.headerNames).toEqual(['a-key', 'b']);
    expect(webhook.parse({}, known, rules).secrets.headers).toEqual({ 'a-key': '1', b: '2' });
    const changed = { headers: [{ name: 'a-KEY' }, { name: 'c', value: '3' }] };
    expect(webhook.parse(changed, known, rules).secrets.headers).toEqual({ 'a-key': '1', c: '3' });
    expect(webhook.parse({ headers: null }, known, rules).secrets.headers).toEqual({});
  });
});

describe('values of headers, when the address changes,', () => {
  const known = webhook.parse({ url, headers: [{ name: 'a', value: '1' }] }, null, rules);
  const elsewhere = 'https://other.example/in';

  it.each([
    ['another host', elsewhere, {}, 'input.headers'],
    ['another path, which may be another tenant of the host', 'https://hooks.example/new', {}, 'input.headers'],
    ['another port', 'https://hooks.example:8443/in', {}, 'input.headers'],
    ['another host, by name only', elsewhere, { headers: [{ name: 'a' }] }, 'input.headers[0].value'],
  ])('do not follow to %s', (_, to, input, argument) => {
    expect(() => webhook.parse({ url: to, ...input }, known, rules)).toThrow(`${argument}: `);
  });

  it('can be given anew, or left behind', () => {
    const given = [{ name: 'a', value: '2' }];
    expect(webhook.parse({ url: elsewhere, headers: given }, known, rules).secrets.headers).toEqual({ a: '2' });
    expect(webhook.parse({ url: elsewhere, headers: null }, known, rules).secrets.headers).toEqual({});
  });
});

describe('what is refused', () => {
  const header = (name: string, value: string | null = 'v') => ({ headers: [{ name, value }] });
  const twentyOne = Array.from({ length: 21 }, (_, n) => ({ name: `x-${n}`, value: 'v' }));
  // Names and values: RFC 9110, 5.1 and 5.5; lengths of secrets: Standard Webhooks; the rest: ours.
  it.each<[string, TargetInputFields, string]>([
    ['no URL', { url: null }, 'input.url'],
    ['a URL that may not be called', { url: 'https://internal.example/' }, 'input.url'],
    ['three secrets', { secrets: [secret(1), secret(2), secret(3)] }, 'input.secrets'],
    ['the same secret twice', { secrets: [oldSecret, oldSecret] }, 'input.secrets[1]'],
    ['a secret without its prefix', { secrets: [oldSecret.slice(6)] }, 'input.secrets[0]'],
    ['a short secret', { secrets: [secret(1, 23)] }, 'input.secrets[0]'],
    ['a long secret', { secrets: [secret(1, 65)] }, 'input.secrets[0]'],
    ['an endless secret', { secrets: [oldSecret, `whsec_${'A'.repeat(1e6)}`] }, 'input.secrets[1]'],
    ['a secret that is not base64', { secrets: [`whsec_${'*'.repeat(44)}`] }, 'input.secrets[0]'],
    ['a secret of the other base64', { secrets: [`whsec_${'_-'.repeat(22)}`] }, 'input.secrets[0]'],
    ['a secret and a rotation', { secrets: [oldSecret], rotateSecret: true }, 'input.rotateSecret'],
    ['21 headers', { headers: twentyOne }, 'input.headers'],
    [
      'a header twice',
      {
        headers: [
          { name: 'a', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      'input.headers[1].name',
    ],
    ['a header without a value', header('x-a', null), 'input.headers[0].value'],
    ['an inherited name without a value', header('constructor', null), 'input.headers[0].value'],
    ...['', 'a b', 'a:', 'a\r\nb', 'ä', ':path', 'x'.repeat(101)].map(
      (name) =>
        [`the header ${JSON.stringify(name).slice(0, 20)}`, header(name), 'input.headers[0].name'] as [
          string,
          TargetInputFields,
          string,
        ],
    ),
    ...[
      'Host',
      'Content-Length',
      'content-type',
      'CONNECTION',
      'Transfer-Encoding',
      'User-Agent',
      'Webhook-Signature',
      'webhook-id',
      'Upgrade',
      'TE',
      'Trailer',
      'Keep-Alive',
      'Expect',
      'Proxy-Authorization',
      'Sec-Fetch-Mode',
      'Content-Encoding',
    ].map(
      (name) => [`the header ${name}`, header(name), 'input.headers[0].name'] as [string, TargetInputFields, string],
    ),
    ...['', ' a', 'a ', 'a\r\nx: y', 'a\u0000', 'é', '\u2028', 'x'.repeat(4097)].map(
      (value) =>
        [`the value ${JSON.stringify(value).slice(0, 20)}`, header('x-a', value), 'input.headers[0].value'] as [
          string,
          TargetInputFields,
          string,
        ],
    ),
  ])('%s', (_, input, argument) => {
    expect(() => webhook.parse({ url, ...input }, null, rules)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining({ argument }) }),
    );
  });

  it.each([
    ['20 headers', { headers: twentyOne.slice(1) }],
    ['a value of 4,096 characters', header('x-a', 'x'.repeat(4096))],
    ['a value with blanks in it', header('authorization', 'Bearer a b\tc')],
  ])('but not %s', (_, input) => {
    expect(webhook.parse({ url, ...input }, null, rules).settings.headerNames.length).toBeGreaterThan(0);
  });
});
