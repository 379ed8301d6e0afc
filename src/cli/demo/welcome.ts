import { counted, type Terminal } from '../terminal.js';
import { readableJson } from './answer.js';
import type { GraphqlClient } from './client.js';
import type { DemoOrganization } from './organization.js';
import type { Progress } from './progress.js';
import { type DemoQuery, demoQueries } from './queries.js';

interface Welcome {
  readonly token: string;
  /** Under which commands find the database of the demo. */
  readonly dataDir: string;
  readonly progress: Progress;
  /** Null for log files of the user's own. */
  readonly organization: DemoOrganization | null;
}

/** What stands on the screen when all is ingested: where to go, with what, what to ask there, and how to watch. */
export async function welcome(
  terminal: Terminal,
  client: GraphqlClient,
  { token, dataDir, progress, organization }: Welcome,
): Promise<void> {
  const { files, filesFailed, events } = progress;
  const failed = filesFailed === 0 ? '' : `; ${counted(filesFailed, 'file')} could not be read and stand in logFiles`;
  const title = (text: string) => terminal.style('bold', text);
  terminal.out(`Ingested ${counted(events, 'event')} from ${counted(files, 'file')}${failed}.`);
  terminal.out('');
  terminal.out(`${title('Open')}     ${client.url}/graphiql#token=${encodeURIComponent(token)}`);
  terminal.out(`${title('GraphQL')}  ${client.url}/graphql`);
  terminal.out(`${title('Token')}    ${token}`);
  const [first, ...others] = demoQueries(organization?.trace ?? null);
  await showWithAnswer(terminal, client, first);
  for (const { title: text, document } of others) {
    terminal.out(`\n${title(text)}\n\n${indented(document)}`);
  }
  terminal.out(`\n${title('From a shell')}\n`);
  terminal.out(indented(curl(client.url, token)));
  terminal.out(`\n${title('Alarms as they change')}\n`);
  terminal.out(indented(`CROSSTRAIL_DATA_DIR='${dataDir}' node bin/crosstrail.js alarms watch`));
  terminal.out('');
  if (organization !== null) terminal.out('New files keep arriving: run a query again, or watch the alarms.');
  terminal.out('Ctrl-C stops; the next demo goes on from here.');
}

async function showWithAnswer(
  terminal: Terminal,
  client: GraphqlClient,
  { title, document }: DemoQuery,
): Promise<void> {
  const answer = await client.query(document);
  terminal.out(`\n${terminal.style('bold', title)}\n\n${indented(document)}`);
  const shown = readableJson(answer, terminal.columns - 2);
  terminal.out(`\n${indented(terminal.style('cyan', shown))}`);
}

function curl(url: string, token: string): string {
  return [
    `curl ${url}/graphql \\`,
    `  -H 'authorization: Bearer ${token}' \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '{"query":"{ events(first: 3) { nodes { eventTime account eventName } } }"}'`,
  ].join('\n');
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
