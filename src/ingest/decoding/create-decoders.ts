import { existsSync } from 'node:fs';
import type { Decoders } from './decoder.js';
import { localDecoders } from './local-decoders.js';
import { ThreadDecoders } from './thread-decoders.js';

/** Threads where the program is compiled; a thread of Node 20 cannot load TypeScript, as tests run it. */
export function createDecoders(): Decoders {
  const entry = new URL('./decode-thread.js', import.meta.url);
  return existsSync(entry) ? new ThreadDecoders(entry) : localDecoders;
}
