import { createHmac, randomBytes } from 'node:crypto';
import { badInput } from '../../platform/errors.js';
import type { Message, ParsedTarget, StoredTarget, TargetInputFields, TargetKind } from '../target-kind.js';
import { isJson } from './body.js';
import { post } from './http-target.js';
import { checkedUrl } from './input-fields.js';
import { parseHeaders } from './webhook-headers.js';

interface Settings {
  readonly url: string;
  /** In small letters. */
  readonly headerNames: readonly string[];
}

interface Secrets {
  /** `whsec_<base64>`; the newest first, two at most. */
  readonly signing: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A POST of the body to any address, signed as Standard Webhooks 1.0 has it (standardwebhooks.com): the receiver checks
 * `webhook-signature`, refuses an old `webhook-timestamp`, and knows a repeated message by `webhook-id`.
 */
export const webhook: TargetKind<Settings, Secrets> = {
  fields: ['url', 'secrets', 'rotateSecret', 'headers'],

  parse(input, known, rules) {
    const url = checkedUrl(input.url, known?.settings.url, rules);
    const headers = parseHeaders(input.headers, keptHeaders(input, known, url));
    const { signing, newSecret } = parseSigning(input, known);
    return {
      settings: { url: url.href, headerNames: Object.keys(headers) },
      secrets: { signing, headers },
      ...(newSecret === undefined ? {} : { newSecret }),
    };
  },

  async send({ settings, secrets }, message, context) {
    const headers = {
      ...secrets.headers,
      'content-type': isJson(message.body) ? 'application/json' : 'text/plain; charset=utf-8',
      ...signatureHeaders(secrets.signing, message, context.now()),
    };
    return await post(context, { url: settings.url, headers, body: message.body });
  },
};

/** Values never go to another address: whoever may change the address is not thereby shown them. */
function keptHeaders({ headers }: TargetInputFields, known: StoredTarget<Settings, Secrets> | null, url: URL) {
  if (known === null) return {};
  // A host may be shared by many, whom its paths tell apart.
  if (known.settings.url === url.href) return known.secrets.headers;
  if (headers === undefined && known.settings.headerNames.length > 0) {
    throw badInput('input.headers', 'must be given again, with their values: they do not follow to another address');
  }
  return {};
}

/** One signature for each secret, so that a receiver that knows either of them is served. */
function signatureHeaders(signing: readonly string[], message: Message, now: Date) {
  const id = `msg_${message.id}`;
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = signing.map((secret) => {
    const hmac = createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'));
    return `v1,${hmac.update(`${id}.${timestamp}.${message.body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}

const prefix = 'whsec_';
/** Source: Standard Webhooks, "Signature scheme". */
const secretBytes = { least: 24, made: 32, most: 64 };

function parseSigning(
  { secrets, rotateSecret }: TargetInputFields,
  known: StoredTarget<Settings, Secrets> | null,
): { signing: readonly string[] } & Pick<ParsedTarget<Settings, Secrets>, 'newSecret'> {
  if (secrets && rotateSecret)
    throw badInput('input.rotateSecret', 'makes a secret: leave `secrets` out, or give new ones');
  if (secrets && secrets.length > 0) {
    if (secrets.length > 2) throw badInput('input.secrets', 'has more than two: a new one, and the one before it');
    for (const [index, secret] of secrets.entries()) checkSecret(`input.secrets[${index}]`, secret);
    if (secrets[0] === secrets[1]) throw badInput('input.secrets[1]', 'is the first one again');
    return { signing: secrets };
  }
  // An empty list, like null, drops what there was; a webhook is never without a secret.
  const kept = secrets === undefined ? (known?.secrets.signing ?? []) : [];
  if (kept.length > 0 && !rotateSecret) return { signing: kept };
  const newSecret = `${prefix}${randomBytes(secretBytes.made).toString('base64')}`;
  return { signing: [newSecret, ...kept.slice(0, 1)], newSecret };
}

function checkSecret(argument: string, secret: string): void {
  const base64 = secret.startsWith(prefix) ? secret.slice(prefix.length) : '';
  const bytes = base64.length > 100 ? Buffer.alloc(0) : Buffer.from(base64, 'base64');
  const isGood = bytes.toString('base64') === base64;
  if (isGood && bytes.length >= secretBytes.least && bytes.length <= secretBytes.most) return;
  const form = `${prefix}<base64 of ${secretBytes.least} to ${secretBytes.most} bytes>`;
  throw badInput(argument, `must have the form ${form}; leave it out to have one made`);
}
