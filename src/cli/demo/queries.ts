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

const alarms: DemoQuery = {
  title: 'What set alarms off last, each with the events behind it',
  document: `{
  alarms {
    nodes {
      name
      state
      transitions(first: 2) { timestamp previousState state }
      relatedEvents(first: 3) { edges { relation node { eventTime account eventName } } }
    }
  }
}`,
};

/** Controls of the pack that only the attack sets off; others ring for what is done every day as well. */
const ringing = ['CIS-4.2-ConsoleSignInWithoutMfa', 'CIS-4.5-CloudTrailChanges', 'CIS-4.10-SecurityGroupChanges'];

const alarmsOfAttack: DemoQuery = {
  title: 'The alarms that it set off: when, by what, and what the same hands did around it',
  document: `{
  alarms(filter: {
    names: [
${ringing.map((name) => `      "${name}"`).join('\n')}
    ]
  }) {
    nodes {
      name
      transitions(first: 3) { timestamp previousState state }
      relatedEvents(first: 5) { edges { relation node { eventTime account eventName } } }
    }
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
  return trace === null ? [counts, newest, alarms] : [...investigation(trace), alarmsOfAttack];
}
