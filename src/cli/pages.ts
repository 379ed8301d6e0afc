import type { CliApp } from './app.js';

interface Page<Node> {
  readonly nodes: Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * Everything of a connection, page by page.
 *
 * @param document takes `$after` and selects `nodes` and `pageInfo` of the field `name`
 * @param variables what else it takes
 */
export async function allNodes<Node>(
  app: Pick<CliApp, 'execute'>,
  document: string,
  name: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  do {
    const data: Record<string, Page<Node>> = await app.execute(document, { ...variables, after });
    const page = data[name];
    if (page === undefined) throw new Error(`the operation selects no ${name}`);
    nodes.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return nodes;
}
