import { parentPort } from 'node:worker_threads';
import { CompiledWatchers } from './batch-effects.js';
import type { FromThread, ToThread } from './messages.js';
import { ThreadBatch } from './thread-batch.js';

/** What runs on a thread of its own: it decodes one batch after the other. */
const port = parentPort;
let current: ThreadBatch | null = null;
const watchers = new CompiledWatchers();

port?.on('message', (message: ToThread) => {
  if (message.type === 'open') {
    current?.close();
    const post = (answer: FromThread, transfer: ArrayBuffer[]) => port.postMessage(answer, transfer);
    const { batch, decoded } = message;
    watchers.update(message.watchers);
    current = new ThreadBatch(batch, decoded, watchers.effects(decoded.ingestionTime), post);
  } else if (current?.number === message.batch) {
    current.take(message);
    if (message.type === 'close') current = null;
  }
});
