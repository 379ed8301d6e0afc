/** A query worth trying, with what it shows. */
export interface DemoQuery {
  readonly title: string;
  readonly document: string;
}

/** Where the demo's attack can be picked up. */
export interface Trace {
  /** The access key that the intruder made. */
  readonly accessKeyId: string;
  /** The address that every call of the intruder came from. */
  readonly sourceIPAddress: string;
}

/** Queries that say something about any data. */
const counts: DemoQuery = {
  title: 'What is called most, and how often it fails',
  document: `{
  eventCounts(groupBy: [EVENT_NAME], top: 5) { key count errors }
}`,
};

const newest: DemoQuery = {
  title: 'What happened last, in any account',
  document: `{
  events(first: 5) {
    nodes { eventTime account eventName userIdentity { arn } sourceIPAddress errorCode }
  }
}`,
};

const accounts: DemoQuery = {
  title: 'How each account is doing',
  document: `{
  accounts {
    nodes { accountId name status sources { location filesPending lagSeconds } }
  }
}`,
};

/** The first two steps of an investigation: where a key was used, and all that came from the same address. */
function investigation({ accessKeyId, sourceIPAddress }: Trace): [DemoQuery, DemoQuery] {
  const where = {
    title: 'A leaked access key: every account that it was used in, and for what',
    document: `{
  eventCounts(
    filter: { accessKeyIds: ["${accessKeyId}"] }
    groupBy: [ACCOUNT, EVENT_NAME]
  ) { key count errors }
}`,
  };
  const story = {
    title: 'The whole story: all that came from the same address, first to last',
    document: `{
  events(filter: { sourceIPAddresses: ["${sourceIPAddress}"] }, orderBy: OLDEST_FIRST) {
    totalCount
    nodes { eventTime account eventName userIdentity { arn } errorCode requestParameters }
  }
}`,
  };
  return [where, story];
}

/**
 * Three queries; the first is shown with its answer.
 *
 * @param trace null for data of somebody's own, about which nothing is known
 */
export function demoQueries(trace: Trace | null): [DemoQuery, DemoQuery, DemoQuery] {
  return trace === null ? [counts, newest, accounts] : [...investigation(trace), counts];
}
