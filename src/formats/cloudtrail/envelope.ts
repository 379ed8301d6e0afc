/**
 * An event as EventBridge has it, which is what event patterns see. Source: "AWS service events delivered via CloudTrail",
 * Amazon EventBridge User Guide.
 */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** What is known of a record besides its fields. */
export interface RecordOwner {
  /** The account for which it was collected, whatever the record says. */
  readonly accountId: string;
  readonly eventId: string;
}

const noResources: readonly string[] = Object.freeze([]);

/**
 * A CloudTrail record in its envelope. EventBridge gives each event an id of its own; here it is the record's, so that it is
 * the same whenever it is made. What the record does not say is empty.
 */
export function toEnvelope(
  record: Readonly<Record<string, unknown>>,
  { accountId, eventId }: RecordOwner,
): EventEnvelope {
  const service = serviceOf(record['eventSource']);
  return {
    version: '0',
    id: eventId,
    'detail-type': detailTypeOf(service, record),
    source: `aws.${service}`,
    account: accountId,
    time: textOf(record['eventTime']),
    region: textOf(record['awsRegion']),
    resources: noResources,
    detail: record,
  };
}

/** The envelope as JSON, with the record byte for byte as AWS wrote it. */
export function envelopeText({ detail: _, ...envelope }: EventEnvelope, raw: Buffer): string {
  return `${JSON.stringify(envelope).slice(0, -1)},"detail":${raw.toString('utf8')}}`;
}

/** `s3` of `s3.amazonaws.com`. Records of Insights name no service. */
function serviceOf(eventSource: unknown): string {
  if (typeof eventSource !== 'string' || eventSource === '') return 'cloudtrail';
  const end = eventSource.indexOf('.');
  return end < 0 ? eventSource : eventSource.slice(0, end);
}

function detailTypeOf(service: string, record: Readonly<Record<string, unknown>>): string {
  if (record['eventCategory'] === 'Insight' || record['eventType'] === 'AwsCloudTrailInsight') {
    return 'AWS Insight via CloudTrail';
  }
  if (service === 'signin') return 'AWS Console Sign In via CloudTrail';
  if (record['eventType'] === 'AwsServiceEvent') return 'AWS Service Event via CloudTrail';
  return 'AWS API Call via CloudTrail';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
