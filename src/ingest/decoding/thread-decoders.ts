import { Worker } from 'node:worker_threads';
import type { DecodedBatch } from './batch-decoding.js';
import type { Watchers } from './batch-effects.js';
import type { Decoder, Decoders, WriteSegment } from './decoder.js';
import type { FromThread, ToThread } from './messages.js';
import { ThreadDecoder } from './thread-decoder.js';

/** A thread, and who is told what it says. */
interface Thread {
  readonly worker: Worker;
  batches: number;
  /** What it has. */
  watchers: Watchers | null;
  decoder: ThreadDecoder | null;
}

/**
 * Threads that decode, one batch at a time each: Node's main thread, which sends rows to the database, is left free to
 * do so. They are started as they are needed and kept.
 */
export class ThreadDecoders implements Decoders {
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();

  /** @param entry the compiled decode-thread.js */
  constructor(private readonly entry: URL) {}

  open(decoded: DecodedBatch, write: WriteSegment): Decoder {
    const thread = this.#idle.pop() ?? this.#start();
    const batch = ++thread.batches;
    const decoder = new ThreadDecoder({
      batch,
      write,
      post: (message, transfer) => thread.worker.postMessage(message, transfer),
      onClosed: () => {
        thread.decoder = null;
        if (this.#all.has(thread)) this.#idle.push(thread);
      },
    });
    thread.decoder = decoder;
    const { watchers, ...rest } = decoded;
    const { rules, filters } = watchers;
    const open: ToThread = {
      batch,
      type: 'open',
      decoded: { ...rest, filterVersion: filters.version },
      watchers: {
        rules: thread.watchers?.rules === rules ? null : rules,
        filters: thread.watchers?.filters === filters ? null : filters,
      },
    };
    thread.watchers = watchers;
    thread.worker.postMessage(open);
    return decoder;
  }

  async stop(): Promise<void> {
    const threads = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #start(): Thread {
    const worker = new Worker(this.entry, { name: 'decode' });
    const thread: Thread = { worker, batches: 0, watchers: null, decoder: null };
    this.#all.add(thread);
    worker.unref();
    worker.on('message', (message: FromThread) => thread.decoder?.take(message));
    const lost = (error: Error) => {
      this.#all.delete(thread);
      const idle = this.#idle.indexOf(thread);
      if (idle >= 0) this.#idle.splice(idle, 1);
      thread.decoder?.fail(error);
    };
    worker.on('error', lost);
    worker.on('exit', (code) => lost(new Error(`the thread that decodes ended with code ${code}`)));
    return thread;
  }
}
