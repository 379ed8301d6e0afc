import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';

/** A GraphQL server in a process of its own. */
export interface ServingPeer {
  /** What it answers to a query; throws where that has errors. */
  ask(query: string): Promise<string>;
  stop(): Promise<void>;
}

/** Connections are kept: what is measured is answers. */
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/**
 * Starts a program that sends its URL to whoever started it, and ends when that one lets go of it.
 *
 * @param headers of every request
 */
export async function startServing(
  program: URL,
  args: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Promise<ServingPeer> {
  const child = fork(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (part) => (said += part));
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    throw new Error(`${program.pathname} ended with ${code}: ${said.slice(-2000)}`);
  });
  failed.catch(() => undefined);
  const [url] = (await Promise.race([once(child, 'message'), failed])) as [string];
  return {
    ask: (query) => post(`${url}/graphql`, headers, JSON.stringify({ query })),
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

/** With as little between as Node has it, since client and servers share the processors. */
function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  const all = { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: all }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200 && !text.startsWith('{"errors"')) resolve(text);
        else reject(new Error(`${response.statusCode}: ${text.slice(0, 1000)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
