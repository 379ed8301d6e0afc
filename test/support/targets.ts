import type { Message, SendContext, TargetRules } from '../../src/deliveries/target-kind.js';
import type { AwsIdentity } from '../../src/platform/aws/aws-identity.js';
import type { AwsSends } from '../../src/platform/aws/aws-sessions.js';
import { badInput } from '../../src/platform/errors.js';
import type { OutboundRequest, OutboundResponse } from '../../src/platform/outbound/outbound-http.js';

export const sentAt = new Date('2026-03-01T12:00:00.700Z');

export function messageOf(body: string, more: Partial<Message> = {}): Message {
  const id = '0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11';
  return {
    id,
    body,
    attempt: 1,
    createdAt: new Date('2026-03-01T11:59:58Z'),
    group: '111122223333',
    subject: null,
    ...more,
  };
}

/** What users may do, here: call any host but `internal.example`, use any role but one called `forbidden`. */
export const rules: TargetRules = {
  http: {
    checkUrl(argument, url) {
      if (!URL.canParse(url) || new URL(url).hostname === 'internal.example')
        throw badInput(argument, 'may not be called');
      return new URL(url);
    },
  },
  requireRole(argument, roleArn) {
    if (roleArn?.endsWith('/forbidden')) throw badInput(argument, 'may not be used');
  },
};

/** A call of a client, with the input of its command. */
export interface SentCommand {
  readonly service: string;
  readonly identity: AwsIdentity;
  readonly region: string;
  readonly command: string;
  readonly input: unknown;
}

export interface FakeContext extends SendContext {
  readonly requests: OutboundRequest[];
  readonly commands: SentCommand[];
}

/**
 * A context whose HTTP and AWS answer with what is given and write down what they were asked. An Error is thrown.
 *
 * @param answer of HTTP: 204 when left out; of AWS: an empty output
 */
export function fakeContext(
  answer: Partial<OutboundResponse> | object | Error = {},
  signal?: AbortSignal,
): FakeContext {
  const requests: OutboundRequest[] = [];
  const commands: SentCommand[] = [];
  const answered = () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clientOf = (service: string) => (identity: AwsIdentity, region: string) => ({
    send: async (command: { input: unknown }) => {
      commands.push({ service, identity, region, command: command.constructor.name, input: command.input });
      return answered();
    },
  });
  const services = ['sns', 'sqs', 'eventBridge', 'lambda', 'kinesis', 'firehose'];
  return {
    requests,
    commands,
    http: {
      async post(request) {
        requests.push(request);
        return { status: 204, headers: { retryAfter: null, contentType: null }, body: '', ...answered() };
      },
    },
    aws: Object.fromEntries(services.map((service) => [service, clientOf(service)])) as unknown as AwsSends,
    now: () => sentAt,
    signal: signal ?? new AbortController().signal,
  };
}

/** A record of CloudTrail as rules see it. */
export const bucketDeleted = {
  version: '0',
  id: '5f5d3c1e-0000-4000-8000-000000000001',
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.s3',
  account: '111122223333',
  time: '2026-03-01T11:58:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:s3:::logs'],
  detail: {
    eventName: 'DeleteBucket',
    userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice' },
    sourceIPAddress: '203.0.113.9',
    errorCode: 'AccessDenied',
    errorMessage: 'not <authorized> & refused',
  },
};

/** A change of an alarm's state, as "Alarm events and EventBridge" of CloudWatch's User Guide has it. */
export function alarmChanged(state: string, previousState = 'OK') {
  return {
    version: '0',
    id: '5f5d3c1e-0000-4000-8000-000000000002',
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account: '111122223333',
    time: '2026-03-01T11:58:00Z',
    region: 'eu-west-1',
    resources: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:RootLogins'],
    detail: {
      alarmName: 'RootLogins',
      state: {
        value: state,
        reason: 'Threshold Crossed: 1 datapoint [1.0] was > 0.0',
        timestamp: '2026-03-01T11:58:00Z',
      },
      previousState: { value: previousState },
    },
  };
}
