import { badInput } from '../platform/errors.js';

/**
 * What stands before `AWSLogs/` in the keys of a bucket, however many slashes it was given with.
 *
 * @returns empty, or ending with a slash
 * @throws BAD_USER_INPUT naming the argument
 */
export function parsePrefix(argument: string, prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return '';
  const parts = trimmed.split('/');
  if (trimmed.length > 512 || /\p{Cc}/u.test(trimmed) || parts.some((part) => ['', '.', '..'].includes(part))) {
    throw badInput(argument, 'must be at most 512 characters of folder names with one slash between them');
  }
  if (parts.includes('AWSLogs')) throw badInput(argument, 'must end before AWSLogs/, which CloudTrail adds itself');
  return `${trimmed}/`;
}
