/** The tabs a new visitor finds open. A test holds each query against the schema. */
export const examples = [
  {
    query: `# Put your token into "Headers" below,
# or open this page as /graphiql#token=<token>
#
# The monitored accounts, and how far behind
# the collection of their log files is
query Accounts {
  accounts(first: 20) {
    nodes {
      accountId
      name
      status
      lastError
      sources {
        type
        location
        lagSeconds
        filesPending
        filesFailed
      }
    }
    totalCount
  }
}
`,
  },
  {
    query: `# The newest changes in every account that
# your token may see (filter: see Variables)
query NewestEvents($filter: EventFilter) {
  events(filter: $filter, orderBy: NEWEST_FIRST, first: 20) {
    nodes {
      eventTime
      eventName
      eventSource
      awsRegion
      account
      sourceIPAddress
      errorCode
      userIdentity {
        type
        arn
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: `{
  "filter": { "readOnly": false }
}
`,
  },
  {
    query: `# What is called most, and how often it fails;
# key holds the values of groupBy, in their order
query CallsByName {
  eventCounts(groupBy: [EVENT_SOURCE, EVENT_NAME], top: 20) {
    key
    count
    errors
  }
}
`,
  },
  {
    query: `# An investigation: all that one access key did,
# in every account, oldest first
query AccessKey($accessKeyId: String!) {
  events(filter: { accessKeyIds: [$accessKeyId] }, orderBy: OLDEST_FIRST, first: 100) {
    nodes {
      eventTime
      account
      eventName
      sourceIPAddress
      errorCode
      requestParameters
    }
    totalCount
  }
}
`,
    variables: `{
  "accessKeyId": "AKIAIOSFODNN7EXAMPLE"
}
`,
  },
  {
    query: `# The alarms: their states, what happened to
# them, and the events behind their last breach
query Alarms($filter: AlarmFilter) {
  alarms(filter: $filter, first: 20) {
    nodes {
      name
      state
      stateReason
      stateTransitionedAt
      transitions(first: 3) {
        timestamp
        previousState
        state
      }
      relatedEvents(first: 5) {
        edges {
          relation
          node {
            eventTime
            account
            eventName
            sourceIPAddress
          }
        }
      }
    }
    totalCount
  }
}
`,
    variables: `{
  "filter": { "origins": ["CROSSTRAIL"] }
}
`,
  },
  {
    query: `# Each change of an alarm, once, as it is told.
# To go on after a break, put the last cursor
# into Variables: { "after": "…" }
subscription AlarmChanges($filter: AlarmFilter, $after: String) {
  alarmStateChanged(filter: $filter, after: $after, heartbeatSeconds: 300) {
    cursor
    change {
      alarmName
      previousState
      state
      stateReason
      timestamp
      detectedAt
      revision
      supersedes
    }
  }
}
`,
    variables: `{
  "filter": {},
  "after": null
}
`,
  },
  {
    query: `# What a rule with this event pattern would
# have matched; nothing is sent
query DryRun($input: DryRunRuleInput!) {
  dryRunRule(input: $input) {
    matched
    isComplete
    lookedBackTo
    examples {
      eventTime
      account
      eventName
      sourceIPAddress
      userIdentity {
        arn
      }
    }
  }
}
`,
    variables: `{
  "input": {
    "eventPattern": {
      "source": ["aws.iam"],
      "detail": { "eventName": [{ "prefix": "Create" }, { "prefix": "Attach" }] }
    }
  }
}
`,
  },
  {
    query: `# Messages on their way to targets, newest
# first; the dead letters alone with Variables
# { "filter": { "states": ["FAILED"] } }
query Deliveries($filter: DeliveryFilter) {
  deliveries(filter: $filter, first: 20) {
    nodes {
      createdAt
      rule
      target
      subject
      state
      attempts
      error
      dueAt
    }
    totalCount
  }
  targets {
    nodes {
      name
      type
      state
      pending
      lastError
    }
  }
}
`,
    variables: `{
  "filter": {}
}
`,
  },
  {
    query: `# The metrics there are, our own of collecting
# and delivering among them, and the filters
# that make metrics of events
query Metrics($filter: MetricsFilter) {
  metrics(filter: $filter, first: 50) {
    nodes {
      namespace
      metricName
      dimensions {
        name
        value
      }
      accountId
    }
    totalCount
  }
  metricFilters {
    nodes {
      name
      filterPattern
      metricTransformations {
        metricNamespace
        metricName
        metricValue
      }
      backfills {
        state
        progress
      }
    }
  }
}
`,
    variables: `{
  "filter": { "namespace": "Crosstrail" }
}
`,
  },
  {
    query: `# What metric math makes of series that are
# given here, before an alarm relies on it
query TryMetricMath($input: TestMetricMathInput!) {
  testMetricMath(input: $input) {
    label
    timestamps
    values
  }
}
`,
    variables: `{
  "input": {
    "expression": "IF(calls > 20, 100 * errors / calls, 0)",
    "series": [
      { "id": "calls", "values": [120, 90, 14, 210] },
      { "id": "errors", "values": [3, 18, 7, null] }
    ]
  }
}
`,
  },
];
