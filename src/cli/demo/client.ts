import { CrosstrailError } from '../../platform/errors.js';

/** Asks the API as any client does: over HTTP, with a token. */
export interface GraphqlClient {
  readonly url: string;
  query<Data>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
}

/** @param url of the server, such as `http://127.0.0.1:4000` */
export function createClient(url: string, token: string): GraphqlClient {
  return {
    url,
    async query<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = (await response.json()) as { data?: Data; errors?: { message: string }[] };
      const [error] = answer.errors ?? [];
      if (error !== undefined || !answer.data) {
        throw new CrosstrailError('INTERNAL', `The API answered: ${error?.message ?? `HTTP ${response.status}`}`);
      }
      return answer.data;
    },
  };
}
