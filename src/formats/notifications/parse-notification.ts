import { fromParts, isObject, type Json, type Notification, nothing, notUnderstood } from './notification.js';
import { notifiedObject } from './notified-object.js';
import { readEventBridgeEvent, readS3Event } from './s3-event.js';

/** The most that SQS takes in one message. Source: "Amazon SQS message quotas", Amazon SQS Developer Guide. */
const maxBodyBytes = 1024 * 1024;
/** The envelope of SNS, and at most one more within it: a topic that a function passes on to another. */
const maxEnvelopes = 2;

/**
 * What CloudTrail sends once to the topic of a trail, as it is set up. Source: issue 9 of
 * aws/aws-cloudtrail-processing-library.
 */
const cloudTrailTest = 'CloudTrail validation message.';

/**
 * Reads a message about new objects, whichever way it took: S3, EventBridge or CloudTrail itself, straight to the queue
 * or by way of SNS, in its envelope or delivered raw. Never throws.
 */
export function parseNotification(body: string): Notification {
  if (Buffer.byteLength(body) > maxBodyBytes) return notUnderstood(`it is longer than ${maxBodyBytes} bytes`);
  return readText(body, maxEnvelopes);
}

function readText(text: string, envelopes: number): Notification {
  if (text.trim() === cloudTrailTest) return nothing;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return notUnderstood('it is not JSON');
  }
  return isObject(message) ? readMessage(message, envelopes) : notUnderstood('it is no JSON object');
}

function readMessage(message: Json, envelopes: number): Notification {
  if (Array.isArray(message['Records'])) return readS3Event(message['Records']);
  // Source: "Event message structure", Amazon S3 User Guide: sent once when notifications of a bucket are set up.
  if (message['Event'] === 's3:TestEvent') return nothing;
  if (typeof message['detail-type'] === 'string') return readEventBridgeEvent(message);
  // AWS Config: what it delivers has a type and is not ours, also where it names an object. Source: "Example
  // Configuration History Delivery Notification", AWS Config Developer Guide.
  if (typeof message['messageType'] === 'string') return nothing;
  if ('s3Bucket' in message && 's3ObjectKey' in message) return readCloudTrailDelivery(message);
  if (typeof message['Type'] === 'string' && 'TopicArn' in message) return readEnvelope(message, envelopes);
  return notUnderstood('it has the form of no notification of S3, EventBridge or CloudTrail');
}

/** CloudTrail's own: `s3ObjectKey` is a list of keys, or one, as they are. It says neither sizes nor ETags. */
function readCloudTrailDelivery({ s3Bucket, s3ObjectKey }: Json): Notification {
  const keys: readonly unknown[] = Array.isArray(s3ObjectKey) ? s3ObjectKey : [s3ObjectKey];
  const read = (key: unknown) => {
    const object = notifiedObject(s3Bucket, key);
    return typeof object === 'string' ? object : [object];
  };
  return fromParts(keys, read, 'key');
}

/** The envelope of SNS. Source: "Amazon SNS raw message delivery", Amazon SNS Developer Guide. */
function readEnvelope({ Type, Message }: Json, envelopes: number): Notification {
  if (Type === 'SubscriptionConfirmation') {
    // Its SubscribeURL is not called: what a message says must not make this server call anything.
    return notUnderstood(
      'SNS asks to confirm a subscription of this queue; confirm it with `aws sns confirm-subscription`',
    );
  }
  if (Type !== 'Notification')
    return notUnderstood('SNS sent no notification; see whether the queue is still subscribed');
  if (envelopes === 0) return notUnderstood('it has more than one envelope of SNS within another');
  if (isObject(Message)) return readMessage(Message, envelopes - 1);
  return typeof Message === 'string' ? readText(Message, envelopes - 1) : notUnderstood('its envelope is empty');
}
