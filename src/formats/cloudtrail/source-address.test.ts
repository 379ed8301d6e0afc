import { expect, it } from 'vitest';
import { isPlainAddress } from './source-address.js';

// Truth: RFC 5952 for IPv6; test/integration/event-columns.test.ts asks Postgres itself.
it.each([
  '0.0.0.0',
  '8.8.8.8',
  '255.255.255.255',
  '100.20.3.0',
  '::',
  '::1',
  '2001:db8::1',
  '2001:db8:0:1:1:1:1:1',
  'fe80::1:0:0:2',
])('%s is stored as an address', (text) => expect(isPlainAddress(text)).toBe(true));

it.each([
  // What stands in real records.
  'AWS Internal',
  'ec2.amazonaws.com',
  '253.252.51.07',
  '',
  // IPv4 in other spellings.
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  '1.2.3.4.',
  '01.2.3.4',
  '1.2.3.4/32',
  ' 1.2.3.4',
  '1.2.3.4\n',
  '0x1.2.3.4',
  '16909060',
  // IPv6 in other spellings than that of RFC 5952.
  '2001:DB8::1',
  '2001:0db8::1',
  '2001:db8:0:0:1::1',
  '2001:db8::1:1:1:1:1',
  '2001:db8::1%eth0',
  '2001:db8::/32',
  '[2001:db8::1]',
  '::ffff:1.2.3.4',
  '::ffff:102:304',
  '::1:2',
  ':',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'a'.repeat(100_000),
  `${'1:'.repeat(50_000)}1`,
])('%s stays text', (text) => expect(isPlainAddress(text)).toBe(false));
