/**
 * A client that follows `eventFeed` from a process of its own, for a test that kills it: bundled and started by
 * `spawnReader`. Every page is one line of a file, its cursor included, so that what was read and how far are one thing;
 * where a line ends in the middle, that page was not read. It goes on from the last whole line.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const [url, token, first, file] = process.argv.slice(2) as [string, string, string, string];
const query = `query ($after: String, $first: Int) {
  eventFeed(after: $after, first: $first) { events { eventID } endCursor hasMore }
}`;

interface Page {
  readonly events: readonly { readonly eventID: string }[];
  readonly endCursor: string;
  readonly hasMore: boolean;
}

async function read(after: string | null): Promise<Page> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { after, first: Number(first) } }),
    // A connection that is cut in the very moment in which it is opened can leave Node 20's fetch without an end.
    signal: AbortSignal.timeout(10_000),
  });
  const { data, errors } = (await response.json()) as { data?: { eventFeed: Page }; errors?: unknown };
  if (!data) throw new Error(JSON.stringify(errors));
  return data.eventFeed;
}

// Such a fetch keeps nothing alive: without this the process would end while it waits.
setInterval(() => undefined, 1000);

const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
const whole = text.slice(0, text.lastIndexOf('\n') + 1);
if (whole !== text) writeFileSync(file, whole);
const last = whole.trimEnd().split('\n').at(-1);
let after = last ? (JSON.parse(last) as { cursor: string }).cursor : null;
for (;;) {
  try {
    const { events, endCursor, hasMore } = await read(after);
    appendFileSync(file, `${JSON.stringify({ ids: events.map(({ eventID }) => eventID), cursor: endCursor })}\n`);
    after = endCursor;
    if (!hasMore) await delay(20);
  } catch {
    // The API or its database is away: the same page is asked for again.
    await delay(20);
  }
}
