import { expect, it } from 'vitest';
import { commandLine } from '../../../test/support/command-line.js';

it('source add with a queue connects it, and prints what lets it be read and told', async () => {
  const created = { AddSource: { createSource: { source: { id: 's1', location: 's3://b' } } } };
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/trail';
  const role = 'arn:aws:iam::111122223333:role/x';
  const { asked, out } = await commandLine(created).run(
    `source add --bucket b --discover --role ${role} --queue-url ${queueUrl}`,
  );
  expect(asked[0]?.variables).toMatchObject({ input: { type: 'S3_NOTIFICATIONS', bucket: 'b', queueUrl } });
  expect(out).toContain('"sqs:ReceiveMessage"');
  expect(out).toContain('"Resource": "arn:aws:sqs:eu-west-1:111122223333:trail"');
  expect(out).toContain('"aws:SourceArn": "arn:aws:s3:::b"');
});

it('what is no queue is refused before anything is opened', async () => {
  const { code, err, opened } = await commandLine().run('source add --bucket b --discover --queue-url trail');
  expect(code).toBe(1);
  expect(err).toContain('--queue-url: is no URL of an SQS queue');
  expect(opened).toEqual([]);
});
