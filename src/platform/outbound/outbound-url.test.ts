import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address-guard.js';
import { readUrl } from './outbound-url.js';

function hostOf(text: string, allowedNetworks: string[] = []): string {
  const read = readUrl(text, new AddressGuard(allowedNetworks));
  if ('reason' in read) throw new Error(read.reason);
  return read.url.host;
}

function reasonOf(text: string, allowedNetworks: string[] = []): string {
  const read = readUrl(text, new AddressGuard(allowedNetworks));
  return 'reason' in read ? read.reason : `taken: ${read.url.href}`;
}

describe('URLs that are refused', () => {
  // Origin: the host parser of the WHATWG URL Standard (IPv4 parser, percent-decoding, domain to ASCII), each spelling
  // of 127.0.0.1, 10.0.0.1 or 169.254.169.254 that it brings into the usual form.
  it.each([
    'https://127.0.0.1/',
    'https://127.0.0.1./',
    'https://127.1/',
    'https://127.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://0x7f.1/',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://127。0。0。1/',
    'https://①②⑦.0.0.1/',
    'HTTPS://127.0.0.1/',
    'https://0/',
    'https://0.0.0.0:8443/',
    'https://012.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[fd00:ec2::254]/',
    'https://[FE80::1]/',
  ])('%s names an address that is not public', (url) => {
    expect(reasonOf(url)).toMatch(/^names an? address .*use a public one|^names a .* address .*use a public one/);
  });

  // Origin: RFC 3986 (userinfo, fragment, port), RFC 6874 (zone ids), the WHATWG URL Standard (what its parser strips,
  // or takes for a slash), and what was used against such checks: "A New Era of SSRF" (Tsai, Black Hat 2017).
  it.each([
    ['https://user@example.com/', 'user name or password'],
    ['https://user:password@example.com/', 'user name or password'],
    ['https://@example.com/', 'user name or password'],
    ['https://:@example.com/', 'user name or password'],
    ['https://example.com@127.0.0.1/', 'user name or password'],
    ['https://127.0.0.1#@example.com/', 'fragment'],
    ['https://example.com/#part', 'fragment'],
    ['https://example.com/#', 'fragment'],
    ['https://example.com\\@127.0.0.1/', 'backslash'],
    ['https:\\\\127.0.0.1/', 'backslash'],
    ['https://example.com/\t', 'control character'],
    ['https://exa\nmple.com/', 'control character'],
    ['https://example.com/\r\nHost: other', 'control character'],
    [' https://example.com/', 'a blank'],
    ['https://example.com/a b', 'a blank'],
    ['https://example.com/\u0000', 'control character'],
    ['https:example.com', 'begins neither'],
    ['https:/example.com', 'begins neither'],
    ['https:///example.com', 'begins neither'],
    ['//example.com/', 'begins neither'],
    ['example.com', 'begins neither'],
    ['', 'begins neither'],
    ['ftp://example.com/', 'begins neither'],
    ['file:///etc/passwd', 'begins neither'],
    ['gopher://127.0.0.1:6379/_FLUSHALL', 'begins neither'],
    ['javascript:alert(1)', 'begins neither'],
    ['unix:///var/run/docker.sock', 'begins neither'],
    ['https://example.com:0/', 'port 0'],
    ['https://example.com:65536/', 'no URL'],
    ['https://example.com:-1/', 'no URL'],
    ['https://256.256.256.256/', 'no URL'],
    ['https://1.2.3.4.5/', 'no URL'],
    ['https://[fe80::1%25eth0]/', 'no URL'],
    ['https://[::1', 'no URL'],
    ['https://exa mple.com/', 'a blank'],
    ['https://exa%00mple.com/', 'no URL'],
    ['https://example.com%2f@127.0.0.1/', 'user name or password'],
    ['https://127.0.0.1%2f.example.com/', 'no URL'],
    [`https://example.com/${'a'.repeat(2029)}`, 'longer than 2048'],
    ['http://example.com/', 'use https://'],
    ['http://8.8.8.8/', 'use https://'],
  ])('%j: %s', (url, reason) => {
    expect(reasonOf(url)).toContain(reason);
  });

  it('without TLS where the operator allows another network', () => {
    expect(reasonOf('http://8.8.8.8/', ['10.0.0.0/8'])).toContain('use https://');
    expect(reasonOf('http://192.168.0.1/', ['10.0.0.0/8'])).toContain('a private address');
  });
});

describe('URLs that are taken', () => {
  // Origin: RFC 3986 and the WHATWG URL Standard; the host as it is called.
  it.each([
    ['https://example.com', 'example.com'],
    ['https://example.com/path?query=a%20b&c=@', 'example.com'],
    ['https://EXAMPLE.com:443/', 'example.com'],
    ['https://example.com:8443/', 'example.com:8443'],
    ['https://example.com:22/', 'example.com:22'],
    ['https://ex%61mple.com/', 'example.com'],
    ['https://ｅxample.com/', 'example.com'],
    ['https://bücher.example/', 'xn--bcher-kva.example'],
    ['https://hooks.slack.com/services/T0/B0/x', 'hooks.slack.com'],
    ['https://8.8.8.8/', '8.8.8.8'],
    ['https://0x08080808/', '8.8.8.8'],
    ['https://[2606:4700::1111]:8443/', '[2606:4700::1111]:8443'],
    // Judged by what they resolve to.
    ['https://localhost/', 'localhost'],
    ['https://service.internal/', 'service.internal'],
    ['https://metadata.google.internal/', 'metadata.google.internal'],
    ['https://127.0.0.1.nip.io/', '127.0.0.1.nip.io'],
    [`https://example.com/${'a'.repeat(2028)}`, 'example.com'],
  ])('%s calls %s', (url, host) => {
    expect(hostOf(url)).toBe(host);
  });

  it.each([
    ['http://10.1.2.3:8080/hook', '10.1.2.3:8080'],
    ['https://10.1.2.3/hook', '10.1.2.3'],
    ['http://0x0a010203/hook', '10.1.2.3'],
    ['http://service.internal/hook', 'service.internal'],
    ['https://example.com/hook', 'example.com'],
  ])('%s calls %s where the operator allows 10.0.0.0/8', (url, host) => {
    expect(hostOf(url, ['10.0.0.0/8'])).toBe(host);
  });
});
