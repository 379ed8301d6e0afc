import {
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { identityOf } from '../../accounts/aws-identity.inputs.js';
import { upstreamError } from '../../platform/aws/aws-error.js';
import type { AwsSessions } from '../../platform/aws/aws-sessions.js';
import { CrosstrailError } from '../../platform/errors.js';
import {
  type NotificationQueue,
  type NotificationQueues,
  type QueueMessage,
  receivedAtMost,
} from '../notification-queue.port.js';
import { parseQueueUrl, type QueueUrl, queueArn } from '../queue-url.js';
import type { Source } from '../source.entity.js';

/** However the queue is set up: long enough to store ten messages, and soon over when this process ends meanwhile. */
const hiddenSeconds = 60;

type Sqs = Pick<AwsSessions, 'sqs' | 'endpointUrl' | 'regionFor'>;

/** Opens the queue of a source with the source's own identity. */
export class SqsQueues implements NotificationQueues {
  constructor(private readonly aws: Sqs) {}

  open(source: Source): NotificationQueue {
    const { client, queue } = queueOf(this.aws, source);
    return new SqsQueue(client, queue.url);
  }
}

class SqsQueue implements NotificationQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly url: string,
  ) {}

  async receive({ waitSeconds, signal }: { waitSeconds: number; signal: AbortSignal }): Promise<QueueMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: receivedAtMost,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: hiddenSeconds,
    });
    const { Messages = [] } = await call('sqs:ReceiveMessage', this.url, () =>
      this.client.send(command, { abortSignal: signal }),
    );
    return Messages.flatMap(({ MessageId, Body, ReceiptHandle }) =>
      MessageId === undefined || ReceiptHandle === undefined
        ? []
        : [{ id: MessageId, body: Body ?? '', receipt: ReceiptHandle }],
    );
  }

  async delete(messages: readonly QueueMessage[], signal: AbortSignal): Promise<void> {
    const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
    if (Entries.length === 0) return;
    const command = new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries });
    // What is named in `Failed` is delivered again, which changes nothing.
    await call('sqs:DeleteMessage', this.url, () => this.client.send(command, { abortSignal: signal }));
  }
}

/** A call that reading the queue needs, to be tried. */
export interface QueueCheck {
  readonly call: string;
  /** The ARN of the queue. */
  readonly resource: string;
  /** What allows it, given the action that is missing. */
  readonly statement: (action: string) => object;
  /** Null where it worked. @throws UPSTREAM_AWS */
  readonly run: () => Promise<string | null>;
}

/** What a source that is told by a queue needs of it; nothing for the other types. */
export function queueChecks(aws: Sqs, source: Source, signal: AbortSignal): QueueCheck[] {
  if (source.type !== 'S3_NOTIFICATIONS') return [];
  const { client, queue, arn } = queueOf(aws, source);
  const statement = (action: string) => ({
    Effect: 'Allow',
    Action: action,
    // Of a key, its policy says which; of another action, this queue.
    Resource: action.startsWith('kms:') ? '*' : arn,
  });
  const receive = async () => {
    // Shown again at once: a message that comes is not kept from the program that waits for it.
    const look = { QueueUrl: queue.url, MaxNumberOfMessages: 1, WaitTimeSeconds: 0, VisibilityTimeout: 0 };
    await call('sqs:ReceiveMessage', queue.url, () =>
      client.send(new ReceiveMessageCommand(look), { abortSignal: signal }),
    );
    return null;
  };
  const remove = async () => {
    const nothing = new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: 'crosstrail-check' });
    await call('sqs:DeleteMessage', queue.url, () => client.send(nothing, { abortSignal: signal })).catch(
      unlessRefused,
    );
    return null;
  };
  return [
    { call: 'sqs:ReceiveMessage', resource: arn, statement, run: receive },
    { call: 'sqs:DeleteMessage', resource: arn, statement, run: remove },
  ];
}

/** Who may not delete is told so before the receipt is looked at: that it is none shows that deleting is allowed. */
function unlessRefused(error: Error): void {
  const { name } = error.cause as Error;
  if (!/^(ReceiptHandleIsInvalid|InvalidParameterValue)/.test(name)) throw error;
}

/** Checked anew whenever it is called: what stands in the way of AWS may have changed since the source was made. */
function queueOf(aws: Sqs, source: Source): { client: SQSClient; queue: QueueUrl; arn: string } {
  const identity = identityOf(source);
  const queue = parseQueueUrl('queueUrl', source.queueUrl, aws.endpointUrl);
  const region = queue.region ?? source.region ?? aws.regionFor(identity);
  return { client: aws.sqs(identity, region), queue, arn: queueArn(queue, region) };
}

async function call<T>(action: string, url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The role could not be assumed.
    if (error instanceof CrosstrailError) throw error;
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw upstreamError(action, url, error);
  }
}
