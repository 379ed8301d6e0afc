import ipaddr from 'ipaddr.js';
import type { AddressGuard } from './address-guard.js';

const maxLength = 2048;

/** A URL that may be called as far as its text can tell, or a sentence on why not. */
export type ReadUrl = { readonly url: URL } | { readonly reason: string };

/**
 * Reads a URL that a user gave. An address in it is judged here, in whatever spelling (`127.1`, `0x7f000001`,
 * `１２７.0.0.1`): the WHATWG parser has brought it into the usual one. A name is judged when it is resolved.
 */
export function readUrl(text: string, guard: AddressGuard): ReadUrl {
  const reason = textFault(text);
  if (reason !== null) return { reason };
  if (!URL.canParse(text)) return { reason: 'is no URL: https://<host>/<path>' };
  const url = new URL(text);
  const fault = partFault(url) ?? hostFault(url, guard);
  return fault === null ? { url } : { reason: fault };
}

/** What the parser would mend in silence, so that the URL called is not the one that was read. */
function textFault(text: string): string | null {
  if (text.length > maxLength) return `is longer than ${maxLength} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'holds a blank, a backslash or a control character';
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(text) ?? [];
  if (authority === undefined) return 'begins neither with https:// nor with http:// and a host';
  if (authority.includes('@')) return 'holds a user name or password: put credentials into a header';
  if (text.includes('#')) return 'holds a fragment (#…), which is never sent: leave it out';
  return null;
}

function partFault(url: URL): string | null {
  if (url.port === '0') return 'names port 0, which cannot be called';
  if (url.username + url.password !== '') return 'holds a user name or password: put credentials into a header';
  return null;
}

function hostFault(url: URL, guard: AddressGuard): string | null {
  const withoutTls = url.protocol === 'http:';
  const httpsOnly = 'begins with http://, which only goes to networks that the operator allows: use https://';
  const address = addressOf(url);
  if (address === null) return withoutTls && !guard.hasAllowedNetworks ? httpsOnly : null;
  const judgement = guard.judge(address);
  if (judgement.verdict === 'refused') {
    return `names ${judgement.reason}: use a public one, or have the operator allow its network`;
  }
  return withoutTls && judgement.verdict === 'public' ? httpsOnly : null;
}

function addressOf({ hostname }: URL): string | null {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? hostname : null;
}
