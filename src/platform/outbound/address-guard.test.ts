import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address-guard.js';

describe('without networks of the operator', () => {
  const guard = new AddressGuard([]);

  // Origin: the registries "IANA IPv4/IPv6 Special-Purpose Address Space" and the RFC in each row. Blocks are tried at
  // their first and last address.
  it.each([
    ['0.0.0.0', 'RFC 791'],
    ['0.255.255.255', 'RFC 791'],
    ['10.0.0.0', 'RFC 1918'],
    ['10.255.255.255', 'RFC 1918'],
    ['100.64.0.0', 'RFC 6598'],
    ['100.127.255.255', 'RFC 6598'],
    ['127.0.0.1', 'RFC 1122'],
    ['127.255.255.255', 'RFC 1122'],
    ['169.254.0.0', 'RFC 3927'],
    ['169.254.255.255', 'RFC 3927'],
    ['172.16.0.0', 'RFC 1918'],
    ['172.31.255.255', 'RFC 1918'],
    ['192.0.0.0', 'RFC 6890'],
    ['192.0.0.255', 'RFC 6890'],
    ['192.0.2.1', 'RFC 5737'],
    ['192.88.99.1', 'RFC 7526'],
    ['192.168.0.0', 'RFC 1918'],
    ['192.168.255.255', 'RFC 1918'],
    ['198.18.0.0', 'RFC 2544'],
    ['198.19.255.255', 'RFC 2544'],
    ['198.51.100.255', 'RFC 5737'],
    ['203.0.113.0', 'RFC 5737'],
    ['224.0.0.1', 'RFC 5771'],
    ['239.255.255.255', 'RFC 5771'],
    ['240.0.0.0', 'RFC 1112'],
    ['255.255.255.255', 'RFC 1112'],
    ['169.254.169.254', 'metadata service'],
    ['169.254.170.2', 'metadata service'],
    ['100.100.100.200', 'metadata service'],
    ['168.63.129.16', 'metadata service'],
    ['fd00:ec2::254', 'metadata service'],
    ['fd20:ce::254', 'metadata service'],
    ['fc00::', 'RFC 4193'],
    ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'RFC 4193'],
    ['fe80::1', 'RFC 4291'],
    ['febf:ffff::1', 'RFC 4291'],
    ['fec0::1', 'RFC 3879'],
    ['ff02::1', 'RFC 4291'],
    ['100::1', 'RFC 6666'],
    ['2001:2::1', 'RFC 2928'],
    ['2001:10::1', 'RFC 2928'],
    ['2001:1ff:ffff::1', 'RFC 2928'],
    ['2001:db8::1', 'RFC 3849'],
    ['3fff::1', 'RFC 9637'],
    ['64:ff9b:1::808:808', 'RFC 8215'],
    ['4000::1', 'no public address'],
    ['5f00::1', 'no public address'],
    ['200::1', 'no public address'],
    ['1fff:ffff::1', 'no public address'],
  ])('%s is refused (%s)', (address, source) => {
    expect(guard.judge(address)).toEqual({ verdict: 'refused', reason: expect.stringContaining(source) });
  });

  // Origin: where each RFC puts the IPv4 address; Teredo's client is the bitwise complement (RFC 4380, section 4).
  it.each([
    ['::', 'RFC 4291, unspecified', 'RFC 791'],
    ['::1', 'RFC 4291, loopback', 'RFC 791'],
    ['::ffff:127.0.0.1', 'RFC 4291, mapped', 'RFC 1122'],
    ['::ffff:a9fe:a9fe', 'RFC 4291, mapped', 'metadata service'],
    ['0:0:0:0:0:ffff:0a00:0001', 'RFC 4291, mapped', 'RFC 1918'],
    ['::127.0.0.1', 'RFC 4291, compatible', 'RFC 1122'],
    ['::a00:1', 'RFC 4291, compatible', 'RFC 1918'],
    ['::ffff:0:10.0.0.1', 'RFC 2765, translated', 'RFC 1918'],
    ['64:ff9b::169.254.169.254', 'RFC 6052, NAT64', 'metadata service'],
    ['64:ff9b::7f00:1', 'RFC 6052, NAT64', 'RFC 1122'],
    ['2002:7f00:1::', 'RFC 3056, 6to4', 'RFC 1122'],
    ['2002:c0a8:101::1', 'RFC 3056, 6to4', 'RFC 1918'],
    ['2001:0:808:808:0:0:f5ff:fffe', 'RFC 4380, Teredo client 10.0.0.1', 'RFC 1918'],
    ['2001:0:a00:1:0:0:f7f7:f7f7', 'RFC 4380, Teredo server 10.0.0.1', 'RFC 1918'],
    ['2a00:1450:4001::5efe:a00:1', 'RFC 5214, ISATAP', 'RFC 1918'],
    ['2a00:1450:4001:0:200:5efe:7f00:1', 'RFC 5214, ISATAP', 'RFC 1122'],
  ])('%s is refused by what it carries (%s)', (address, _form, source) => {
    expect(guard.judge(address)).toEqual({ verdict: 'refused', reason: expect.stringContaining(source) });
  });

  // Origin: as above; the neighbours of each block, and special blocks that the registries call globally reachable.
  it.each([
    '1.0.0.0',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.31.196.1',
    '192.52.193.1',
    '192.167.255.255',
    '192.169.0.0',
    '192.175.48.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2000::1',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2620:4f:8000::1',
    '3ffe:ffff::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '2001:0:808:808:0:0:f7f7:f7f7',
    '2a00:1450:4001::5efe:808:808',
  ])('%s is public', (address) => {
    expect(guard.judge(address)).toEqual({ verdict: 'public' });
  });

  // Origin: inet_aton's spellings (octal, hexadecimal, short), zone ids (RFC 4007) and what is no address at all. Name
  // servers and parsed URLs give none of them, so nothing is guessed.
  it.each([
    '0177.0.0.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.1',
    '127.0.0.1.',
    ' 127.0.0.1',
    'fe80::1%eth0',
    '2606:4700::1111%1',
    '[2606:4700::1111]',
    '8.8.8.8/32',
    '1.2.3.4.5',
    '256.1.1.1',
    'example.com',
    '',
  ])('"%s" is refused, as it is not understood', (address) => {
    expect(guard.judge(address)).toEqual({ verdict: 'refused', reason: 'no address that is understood' });
  });
});

describe('with networks of the operator', () => {
  // Origin: what the block holds by its bits.
  it.each([
    ['10.0.0.0/8', '10.1.2.3', 'operator'],
    ['10.0.0.0/8', '11.1.2.3', 'public'],
    ['10.0.0.0/8', '192.168.0.1', 'refused'],
    ['10.9.9.9/8', '10.1.2.3', 'operator'],
    ['10.1.2.3', '10.1.2.3', 'operator'],
    ['10.1.2.3', '10.1.2.4', 'refused'],
    ['10.1.2.3/32', '10.1.2.3', 'operator'],
    ['127.0.0.0/8', '::ffff:127.0.0.1', 'operator'],
    ['10.0.0.0/8', '64:ff9b::10.0.0.1', 'operator'],
    ['10.0.0.0/8', '2001:0:a00:1:0:0:80ff:fffe', 'refused'],
    ['8.8.8.0/24', '8.8.8.8', 'operator'],
    ['fd00::/8', 'fd12:3456::1', 'operator'],
    ['fd00::/8', 'fe80::1', 'refused'],
    ['::1', '::1', 'operator'],
    ['::1', '127.0.0.1', 'refused'],
    ['2002::/16', '2002:7f00:1::', 'operator'],
    ['64:ff9b:1::/48', '64:ff9b:1::808:808', 'operator'],
    ['fe80::/10', 'fe80::1%eth0', 'refused'],
    // Machine credentials: only by name.
    ['0.0.0.0/0', '169.254.169.254', 'refused'],
    ['169.254.0.0/16', '169.254.169.254', 'refused'],
    ['169.254.0.0/16', '169.254.1.1', 'operator'],
    ['0.0.0.0/0', '::ffff:169.254.169.254', 'refused'],
    ['169.254.169.254', '169.254.169.254', 'operator'],
    ['169.254.169.254/32', '169.254.169.254', 'operator'],
    ['fd00::/8', 'fd00:ec2::254', 'refused'],
    ['fd00:ec2:0::254', 'fd00:ec2::254', 'operator'],
  ])('%s makes %s %s', (network, address, verdict) => {
    expect(new AddressGuard([network]).judge(address).verdict).toBe(verdict);
  });

  // Origin: ours; spellings that ipaddr.js or inet_aton would read as something else than they look like.
  it.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/0x8',
    '10/8',
    '010.0.0.0/8',
    '::ffff:10.0.0.0/104',
    'fe80::1%eth0',
    'localhost',
    '',
  ])('"%s" is no network', (network) => {
    expect(() => new AddressGuard(['10.0.0.0/8', network])).toThrow(`"${network}" is no network`);
  });
});
