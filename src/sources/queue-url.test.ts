import { describe, expect, it } from 'vitest';
import { parseQueueUrl } from './queue-url.js';

const account = '111122223333';
const parse = (url: string | null, endpoint: string | null = null) => parseQueueUrl('input.queueUrl', url, endpoint);

describe('the URL of a queue', () => {
  // Source: "Queue and message identifiers", Amazon SQS Developer Guide, but for the servers in AWS's place.
  it.each([
    [`https://sqs.eu-west-1.amazonaws.com/${account}/trail`, null, 'eu-west-1', 'trail'],
    [`https://sqs.us-gov-west-1.amazonaws.com/${account}/trail.fifo`, null, 'us-gov-west-1', 'trail.fifo'],
    [`https://sqs.cn-north-1.amazonaws.com.cn/${account}/a_b-c`, null, 'cn-north-1', 'a_b-c'],
    // moto
    [`http://127.0.0.1:5000/${account}/trail`, 'http://127.0.0.1:5000', null, 'trail'],
    // A private endpoint of the real SQS: queues keep the name that AWS gave them.
    [`https://sqs.eu-west-1.amazonaws.com/${account}/trail`, 'https://vpce-1.example', 'eu-west-1', 'trail'],
    // LocalStack, its endpoint strategies "standard" and "path"
    [
      `http://sqs.eu-west-1.localhost.localstack.cloud:4566/${account}/trail`,
      'http://localhost.localstack.cloud:4566',
      'eu-west-1',
      'trail',
    ],
  ])('%s behind %s', (url, endpoint, region, name) => {
    const accountId = account;
    expect(parse(url, endpoint)).toEqual({ url, region, accountId, name });
  });

  it.each([
    [null, null],
    ['', null],
    ['trail', null],
    ['arn:aws:sqs:eu-west-1:111122223333:trail', null],
    [`http://sqs.eu-west-1.amazonaws.com/${account}/trail`, null],
    [`https://sqs.eu-west-1.amazonaws.com/${account}/trail?x=1`, null],
    [`https://sqs.eu-west-1.amazonaws.com/${account}/trail#x`, null],
    [`https://sqs.eu-west-1.amazonaws.com/${account}/a/b`, null],
    ['https://sqs.eu-west-1.amazonaws.com/12/trail', null],
    [`https://sqs.eu-west-1.amazonaws.com:8443/${account}/trail`, null],
    [`https://sqs.eu-west-1.amazonaws.com@evil.example/${account}/trail`, null],
    [`https://user@sqs.eu-west-1.amazonaws.com/${account}/trail`, null],
    [`https://sqs.eu-west-1.amazonaws.com.evil.example/${account}/trail`, null],
    [`https://evil.example/sqs.eu-west-1.amazonaws.com/${account}/trail`, null],
    [`https://sqs.evil.amazonaws.com/${account}/trail`, null],
    [`https://sqs.cn-north-1.amazonaws.com/${account}/trail`, null],
    [`https://sqs.eu-west-1.amazonaws.com.cn/${account}/trail`, null],
    [`https://s3.eu-west-1.amazonaws.com/${account}/trail`, null],
    [`http://169.254.169.254/${account}/trail`, null],
    [`http://127.0.0.1:5000/${account}/trail`, null],
    [`http://127.0.0.1:5001/${account}/trail`, 'http://127.0.0.1:5000'],
    [`https://127.0.0.1:5000/${account}/trail`, 'http://127.0.0.1:5000'],
    [`http://evil127.0.0.1:5000/${account}/trail`, 'http://127.0.0.1:5000'],
    [`https://sqs.eu-west-1.amazonaws.com/${account}/${'x'.repeat(500)}`, null],
  ])('%s behind %s is refused', (url, endpoint) => {
    expect(() => parse(url, endpoint)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});
