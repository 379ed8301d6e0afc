import type { OutboundResponse } from '../../platform/outbound/outbound-http.js';
import type { Outcome, SendContext } from '../target-kind.js';
import { httpOutcome, unansweredOutcome } from './failures.js';

/** Above any time that a target may be given: it is the signal that ends an attempt. */
const timeoutMs = 30_000;

/** @param judge what becomes of an answer, where the target says more than its status */
export async function post(
  { http, signal, now }: SendContext,
  { url, headers, body }: { url: string; headers: Readonly<Record<string, string>>; body: string },
  judge: (answer: OutboundResponse) => Outcome = (answer) => httpOutcome(answer, now()),
): Promise<Outcome> {
  let answer: OutboundResponse;
  try {
    answer = await http.post({ url, headers: { 'user-agent': 'crosstrail', ...headers }, body, signal, timeoutMs });
  } catch (error) {
    return unansweredOutcome(error, signal);
  }
  return judge(answer);
}
