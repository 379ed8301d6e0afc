import { isRegion, partitionOfRegion } from '../platform/aws/partition.js';
import { badInput } from '../platform/errors.js';

/** A queue of SQS, as its URL names it. */
export interface QueueUrl {
  readonly url: string;
  /** Null where the URL does not say: of a server in AWS's place. */
  readonly region: string | null;
  readonly accountId: string;
  readonly name: string;
}

/** @param otherwise the region of a queue whose URL does not say */
export function queueArn({ region, accountId, name }: QueueUrl, otherwise: string): string {
  return `arn:${partitionOfRegion(region ?? otherwise)}:sqs:${region ?? otherwise}:${accountId}:${name}`;
}

/** Source: "Queue and message identifiers", Amazon SQS Developer Guide; FIFO queues end with `.fifo`. */
const awsForm = /^https:\/\/sqs\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn)$/;
const path = /^\/([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;
const maxLength = 500;

/**
 * Reads the URL of a queue. The SDK calls the host of the URL, with the credentials of the source: so only hosts of AWS
 * are let through, and the one that the operator put in AWS's place.
 *
 * @param endpointUrl `AWS_ENDPOINT_URL`
 * @throws BAD_USER_INPUT naming the argument
 */
export function parseQueueUrl(argument: string, text: string | null | undefined, endpointUrl: string | null): QueueUrl {
  if (!text) throw badInput(argument, 'name the queue: https://sqs.<region>.amazonaws.com/<account>/<name>');
  const found = text.length > maxLength ? null : (ofAws(text) ?? ofEndpoint(text, endpointUrl));
  if (found !== null) return found;
  throw badInput(argument, 'is no URL of an SQS queue: https://sqs.<region>.amazonaws.com/<account>/<name>');
}

function ofAws(text: string): QueueUrl | null {
  const url = parsed(text);
  const [, region = '', domain] = awsForm.exec(url?.origin ?? '') ?? [];
  if (url === null || !isRegion(region)) return null;
  const isChina = partitionOfRegion(region) === 'aws-cn';
  if (isChina !== (domain === 'amazonaws.com.cn')) return null;
  const queue = queueOf(url);
  return queue !== null && /^\d{12}$/.test(queue.accountId) ? { ...queue, region } : null;
}

function ofEndpoint(text: string, endpointUrl: string | null): QueueUrl | null {
  const url = parsed(text);
  const endpoint = endpointUrl === null ? null : parsed(endpointUrl);
  if (url === null || endpoint === null || url.protocol !== endpoint.protocol) return null;
  // LocalStack's queues lie at `sqs.<region>.<its host>`.
  const isThere = url.host === endpoint.host || url.host.endsWith(`.${endpoint.host}`);
  const queue = isThere ? queueOf(url) : null;
  if (queue === null) return null;
  const [, region = ''] = /^sqs\.([a-z0-9-]+)\./.exec(url.host) ?? [];
  return { ...queue, region: isRegion(region) ? region : null };
}

/** Without the parts that a queue's URL never has. */
function parsed(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && url.username + url.password + url.search + url.hash === '' ? url : null;
}

function queueOf(url: URL): Omit<QueueUrl, 'region'> | null {
  const [, accountId, name] = path.exec(url.pathname) ?? [];
  return accountId === undefined || name === undefined ? null : { url: url.href, accountId, name };
}
