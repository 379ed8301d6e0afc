/** Messages as AWS sends them. */

interface Told {
  readonly key: string;
  readonly size?: number;
  readonly etag?: string;
}

/** "Event message structure", Amazon S3 User Guide. */
export function s3Event(bucket: string, ...objects: readonly Told[]): object {
  const encoded = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
  return {
    Records: objects.map(({ key, size, etag }) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: bucket }, object: { key: encoded(key), size, eTag: etag } },
    })),
  };
}

/** "EventBridge event message structure", Amazon S3 User Guide. */
export function eventBridgeEvent(bucket: string, { key, size, etag }: Told): object {
  const detail = { version: '0', bucket: { name: bucket }, object: { key, size, etag } };
  return { version: '0', id: 'e', 'detail-type': 'Object Created', source: 'aws.s3', detail };
}

/** "Configuring Amazon SNS notifications for CloudTrail", AWS CloudTrail User Guide. */
export function cloudTrailDelivery(bucket: string, ...keys: readonly string[]): object {
  return { s3Bucket: bucket, s3ObjectKey: keys };
}

/** "Fanout to Amazon SQS queues", Amazon SNS Developer Guide. */
export function bySns(message: object): object {
  const TopicArn = 'arn:aws:sns:eu-west-1:111122223333:trail';
  return { Type: 'Notification', MessageId: 'm', TopicArn, Message: JSON.stringify(message) };
}
