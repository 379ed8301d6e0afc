import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  type ListAccountsCommandOutput,
  type Account as ListedAccount,
  type OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { upstreamError } from '../platform/aws/aws-error.js';
import { CrosstrailError } from '../platform/errors.js';

/** What AWS says of an organisation. */
export interface ListedOrganization {
  readonly organizationId: string;
  readonly managementAccountId: string;
  /** Of the ARNs of its accounts: `aws`, `aws-us-gov` … */
  readonly partition: string;
  readonly accounts: readonly NamedAccount[];
}

export interface NamedAccount {
  readonly accountId: string;
  readonly name: string;
  /** between: not open yet, or about to be closed. */
  readonly state: 'open' | 'between' | 'closed';
}

/** As many as sources may name. AWS gives 20 a page. */
const mostAccounts = 10_000;

/** @throws UPSTREAM_AWS */
export async function describeOrganization(client: OrganizationsClient, signal: AbortSignal) {
  const command = new DescribeOrganizationCommand({});
  const { Organization } = await call('organizations:DescribeOrganization', () =>
    client.send(command, { abortSignal: signal }),
  );
  const [, partition = 'aws'] = /^arn:(aws[a-z-]*):/.exec(Organization?.Arn ?? '') ?? [];
  return {
    organizationId: Organization?.Id ?? '',
    managementAccountId: Organization?.MasterAccountId ?? '',
    partition,
  };
}

/** Every account, all pages or none. @throws UPSTREAM_AWS */
export async function listOrganization(client: OrganizationsClient, signal: AbortSignal): Promise<ListedOrganization> {
  const organization = await describeOrganization(client, signal);
  const accounts = new Map<string, NamedAccount>();
  let token: string | undefined;
  do {
    const page: ListAccountsCommandOutput = await listPage(client, token, signal);
    for (const account of page.Accounts ?? []) {
      const named = namedAccount(account);
      if (named !== null) accounts.set(named.accountId, named);
    }
    token = page.NextToken;
    if (accounts.size > mostAccounts) {
      throw new CrosstrailError('CONFLICT', `the organisation has more than ${mostAccounts} accounts`);
    }
  } while (token !== undefined);
  return { ...organization, accounts: [...accounts.values()] };
}

/** One page, without a token the first. @throws UPSTREAM_AWS */
export function listPage(client: OrganizationsClient, token: string | undefined, signal: AbortSignal) {
  const command = new ListAccountsCommand(token === undefined ? {} : { NextToken: token });
  return call('organizations:ListAccounts', () => client.send(command, { abortSignal: signal }));
}

/** Null for what is no account. AWS is giving up `Status` for `State`, which knows more; older partitions have the former. */
export function namedAccount({ Id, Name, State, Status }: ListedAccount): NamedAccount | null {
  if (Id === undefined || !/^[0-9]{12}$/.test(Id)) return null;
  const name = (Name ?? '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 128);
  return { accountId: Id, name: name === '' ? Id : name, state: stateOf(State ?? Status ?? 'ACTIVE') };
}

function stateOf(state: string): NamedAccount['state'] {
  if (state === 'ACTIVE') return 'open';
  return state === 'SUSPENDED' || state === 'CLOSED' ? 'closed' : 'between';
}

async function call<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CrosstrailError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw upstreamError(action, 'the organisation', error);
  }
}
