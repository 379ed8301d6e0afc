import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from './messages.js';
import { ThreadBatch } from './thread-batch.js';

/** What runs on a thread of its own: it decodes one batch after the other. */
const port = parentPort;
let current: ThreadBatch | null = null;

port?.on('message', (message: ToThread) => {
  if (message.type === 'open') {
    current?.close();
    const post = (answer: FromThread, transfer: ArrayBuffer[]) => port.postMessage(answer, transfer);
    current = new ThreadBatch(message.batch, message.decoded, post);
  } else if (current?.number === message.batch) {
    current.take(message);
    if (message.type === 'close') current = null;
  }
});
