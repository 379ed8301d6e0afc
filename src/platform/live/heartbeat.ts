import { badInput } from '../errors.js';

const maxSeconds = 300;

/**
 * Milliseconds of a subscription's argument `heartbeatSeconds`.
 *
 * @throws BAD_USER_INPUT for one that is out of bounds
 */
export function heartbeatMs(seconds: number): number {
  if (seconds < 1 || seconds > maxSeconds) throw badInput('heartbeatSeconds', `must be 1 to ${maxSeconds}`);
  return seconds * 1000;
}
