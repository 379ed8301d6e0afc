import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface SqsCall {
  readonly operation: 'ReceiveMessage' | 'DeleteMessage' | 'DeleteMessageBatch';
  readonly queueUrl: string;
  readonly accessKeyId: string;
  readonly region: string;
}

export interface SqsFault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

interface Message {
  readonly id: string;
  readonly body: string;
  /** Of its last delivery; null while it is shown. */
  receipt: string | null;
  receives: number;
  hiddenUntil: number;
}

interface Input {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly ReceiptHandle?: string;
  readonly Entries?: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
}

/**
 * Enough of SQS over AWS JSON 1.0 to read a queue: long polls that a message ends, messages that are hidden while they
 * are read and shown again when nobody deletes them.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export class FakeSqs {
  readonly queues = new Map<string, Message[]>();
  readonly calls: SqsCall[] = [];
  /** Answers calls in place of the queues. */
  fault: (call: SqsCall) => SqsFault | null = () => null;
  /** Leaves what is received in sight, so that it is delivered once more. */
  deliversTwice = false;
  /** Look anew whether there is something for them. */
  private readonly waiting = new Set<() => void>();

  /** Sends messages to a queue, which is there from then on: objects as JSON, text as it is. @returns their ids */
  send(queueUrl: string, ...bodies: readonly (string | object)[]): string[] {
    const messages = bodies.map((body) => ({
      id: randomUUID(),
      body: typeof body === 'string' ? body : JSON.stringify(body),
      receipt: null,
      receives: 0,
      hiddenUntil: 0,
    }));
    this.queues.set(queueUrl, [...(this.queues.get(queueUrl) ?? []), ...messages]);
    this.wake();
    return messages.map(({ id }) => id);
  }

  /** What happens when the time runs out for which messages are hidden. */
  showAgain(): void {
    for (const messages of this.queues.values()) for (const message of messages) message.hiddenUntil = 0;
    this.wake();
  }

  /** How many messages nobody has deleted. */
  left(queueUrl: string): number {
    return this.queues.get(queueUrl)?.length ?? 0;
  }

  /** Answers a call to SQS, at once or when there is something to say. */
  async answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const [, accessKeyId = '', region = ''] =
      /Credential=(.+?)\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const operation = String(request.headers['x-amz-target']).slice('AmazonSQS.'.length) as SqsCall['operation'];
    const input = JSON.parse(body) as Input;
    const call = { operation, queueUrl: input.QueueUrl, accessKeyId, region };
    this.calls.push(call);
    const messages = this.queues.get(input.QueueUrl);
    const fault = this.fault(call) ?? (messages === undefined ? noQueue : null);
    if (fault !== null || messages === undefined) return fail(response, fault ?? noQueue);
    if (operation === 'ReceiveMessage') await this.receive(response, input);
    else if (operation === 'DeleteMessage') this.deleteOne(response, input);
    else this.deleteBatch(response, input);
  }

  private async receive(response: ServerResponse, input: Input): Promise<void> {
    let found = this.take(input);
    if (found.length === 0 && (input.WaitTimeSeconds ?? 0) > 0) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          this.waiting.delete(look);
          resolve();
        };
        const look = () => {
          found = this.take(input);
          if (found.length > 0) end();
        };
        const timer = setTimeout(end, (input.WaitTimeSeconds ?? 0) * 1000);
        this.waiting.add(look);
        response.once('close', end);
      });
    }
    const Messages = found.map(({ id, body, receipt }) => ({
      MessageId: id,
      Body: body,
      MD5OfBody: createHash('md5').update(body).digest('hex'),
      ReceiptHandle: receipt,
    }));
    succeed(response, Messages.length === 0 ? {} : { Messages });
  }

  private take({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: Input): Message[] {
    const now = Date.now();
    const shown = (this.queues.get(QueueUrl) ?? []).filter(({ hiddenUntil }) => hiddenUntil <= now);
    const taken = shown.slice(0, MaxNumberOfMessages);
    for (const message of taken) {
      message.receives += 1;
      message.receipt = `${message.id}#${message.receives}`;
      const again = this.deliversTwice && message.receives === 1;
      message.hiddenUntil = again ? 0 : now + VisibilityTimeout * 1000;
    }
    return taken.map((message) => ({ ...message }));
  }

  private deleteOne(response: ServerResponse, { QueueUrl, ReceiptHandle = '' }: Input): void {
    if (ReceiptHandle.includes('#')) {
      this.remove(QueueUrl, [ReceiptHandle]);
      succeed(response, {});
    } else {
      fail(response, { status: 400, code: 'ReceiptHandleIsInvalid' });
    }
  }

  private deleteBatch(response: ServerResponse, { QueueUrl, Entries = [] }: Input): void {
    this.remove(
      QueueUrl,
      Entries.map(({ ReceiptHandle }) => ReceiptHandle),
    );
    succeed(response, { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] });
  }

  /** A standard queue also takes the receipt of an earlier delivery. */
  private remove(queueUrl: string, receipts: readonly string[]): void {
    const ids = new Set(receipts.map((receipt) => receipt.split('#')[0]));
    this.queues.set(
      queueUrl,
      (this.queues.get(queueUrl) ?? []).filter(({ id }) => !ids.has(id)),
    );
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

const noQueue = { status: 400, code: 'AWS.SimpleQueueService.NonExistentQueue', message: 'The queue does not exist.' };

function succeed(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, { status, code, message = code }: SqsFault): void {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${code};Sender` };
  response.writeHead(status, headers).end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }));
}
