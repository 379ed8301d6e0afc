import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * How a body comes that does not come as it should: in small pieces; with its connection cut in the middle; or said to
 * be shorter than it is, and ended there in good order.
 */
export type Delivery = 'trickle' | 'cut' | 'short';

const pieces = 25;
const pieceMs = 20;

export async function deliver(
  response: ServerResponse,
  answer: { status: number; headers: OutgoingHttpHeaders; body: string | Buffer },
  how: Delivery,
): Promise<void> {
  const body = Buffer.from(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  if (how === 'short') {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': half.length }).end(half);
    return;
  }
  response.writeHead(answer.status, answer.headers);
  if (how === 'cut') {
    response.write(half, () => response.destroy());
    return;
  }
  const step = Math.ceil(body.length / pieces);
  for (let start = 0; start < body.length && !response.destroyed; start += step) {
    response.write(body.subarray(start, start + step));
    await delay(pieceMs);
  }
  response.end();
}
