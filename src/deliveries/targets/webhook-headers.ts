import { badInput } from '../../platform/errors.js';
import type { TargetInputFields } from '../target-kind.js';

const maxHeaders = 20;
/** A token of HTTP (RFC 9110, 5.6.2). */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** What no server reads differently: no line breaks, no bytes beyond ASCII, no blanks at either end. */
const valuePattern = /^[\x21-\x7e](?:[\t\x20-\x7e]{0,4094}[\x21-\x7e])?$/;

/** Those that are set here, and those that say how the connection and the body are handled. */
const reserved = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
]);
const reservedPrefix = /^(webhook-|proxy-|sec-|:)/;

/**
 * @param known values by name, which stay where a header is given without one
 * @returns values by name in small letters
 */
export function parseHeaders(
  given: TargetInputFields['headers'],
  known: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (given === undefined) return known;
  const list = given ?? [];
  if (list.length > maxHeaders) throw badInput('input.headers', `has more than ${maxHeaders} headers`);
  const headers = new Map<string, string>();
  for (const [index, header] of list.entries()) {
    const argument = `input.headers[${index}]`;
    const name = header.name.toLowerCase();
    checkName(`${argument}.name`, name);
    if (headers.has(name)) throw badInput(`${argument}.name`, 'is given twice');
    const value = header.value ?? (Object.hasOwn(known, name) ? known[name] : undefined);
    if (value === undefined) throw badInput(`${argument}.value`, 'is missing');
    if (!valuePattern.test(value)) {
      throw badInput(
        `${argument}.value`,
        'must have 1 to 4,096 printable ASCII characters, none of them a blank at an end',
      );
    }
    headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

function checkName(argument: string, name: string): void {
  if (!namePattern.test(name)) throw badInput(argument, 'is no name of an HTTP header');
  if (reserved.has(name) || reservedPrefix.test(name)) {
    throw badInput(argument, 'cannot be set: Crosstrail or HTTP itself sets it');
  }
}
