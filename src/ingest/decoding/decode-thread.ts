import { parentPort } from 'node:worker_threads';
import { compileRules, ruleEffects } from '../../rules/rule-effects.service.js';
import type { CompiledRules } from '../../rules/rule-matching.service.js';
import type { FromThread, ToThread } from './messages.js';
import { ThreadBatch } from './thread-batch.js';

/** What runs on a thread of its own: it decodes one batch after the other. */
const port = parentPort;
let current: ThreadBatch | null = null;
let rules: CompiledRules | null = null;

port?.on('message', (message: ToThread) => {
  if (message.type === 'open') {
    current?.close();
    const post = (answer: FromThread, transfer: ArrayBuffer[]) => port.postMessage(answer, transfer);
    const { batch, decoded } = message;
    if (message.rules !== null) rules = compileRules(message.rules);
    current = new ThreadBatch(batch, decoded, ruleEffects(rules, decoded.ingestionTime), post);
  } else if (current?.number === message.batch) {
    current.take(message);
    if (message.type === 'close') current = null;
  }
});
