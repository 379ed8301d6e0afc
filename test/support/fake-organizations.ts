export interface OrganizationsCall {
  readonly operation: 'DescribeOrganization' | 'ListAccounts';
  readonly accessKeyId: string;
  readonly nextToken: string | null;
}

export type OrganizationsFault = { readonly status: number; readonly code: string; readonly message?: string };

/** An account as AWS lists it. `Status` is what AWS gives up for `State`. */
export interface FakeMember {
  readonly Id: string;
  readonly Name: string;
  readonly State?: string;
  readonly Status?: string;
}

/**
 * Two calls of AWS Organizations over AWS JSON 1.1, of an organisation that a test changes as it goes.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
 */
export class FakeOrganizations {
  id = 'o-abcdefghij';
  managementAccountId = '999999999999';
  partition = 'aws';
  members: FakeMember[] = [];
  /** AWS gives 20 at most. */
  pageLength = 20;
  readonly calls: OrganizationsCall[] = [];
  fault: (call: OrganizationsCall) => OrganizationsFault | null = () => null;

  /** @param target `X-Amz-Target`; null where it is none of Organizations' */
  answer(target: string, body: string, accessKeyId: string) {
    const [service, operation] = target.split('.');
    if (service !== 'AWSOrganizationsV20161128') return null;
    const { NextToken: nextToken = null } = JSON.parse(body || '{}') as { NextToken?: string };
    const call = { operation: operation as OrganizationsCall['operation'], accessKeyId, nextToken };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault !== null) return json(fault.status, { __type: fault.code, Message: fault.message ?? fault.code });
    if (operation === 'DescribeOrganization') return json(200, { Organization: this.described() });
    if (operation !== 'ListAccounts') return json(400, { __type: 'UnknownOperationException' });
    const from = Number(nextToken ?? 0);
    const next = from + this.pageLength;
    return json(200, {
      Accounts: this.members.slice(from, next),
      ...(next < this.members.length ? { NextToken: String(next) } : {}),
    });
  }

  private described() {
    const { id, managementAccountId, partition } = this;
    const Arn = `arn:${partition}:organizations::${managementAccountId}:organization/${id}`;
    return { Id: id, Arn, FeatureSet: 'ALL', MasterAccountId: managementAccountId };
  }
}

function json(
  status: number,
  body: object,
): { status: number; headers: Record<string, string>; body: string; delivery?: null } {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
