import { describe, expect, it } from 'vitest';
import { testMetricFilter } from './test-metric-filter.js';

describe('messages that match', () => {
  // Truth: the examples of TestMetricFilter, Amazon CloudWatch Logs API Reference.
  const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534';
  const errors = ['[ERROR 400] one', '[WARN] two', '[ERROR 419] three'];
  const cases: [string, string, string[], object[]][] = [
    [
      'have the values of their fields, and their number from 1',
      '[ip, identity, user_id, timestamp, request, status_code, size]',
      ['too few', line],
      [
        {
          eventNumber: 2,
          eventMessage: line,
          extractedValues: {
            $ip: '127.0.0.1',
            $identity: '-',
            $user_id: 'frank',
            $timestamp: '10/Oct/2000:13:25:15 -0700',
            $request: 'GET /apache_pb.gif HTTP/1.0',
            $status_code: '200',
            $size: '1534',
          },
        },
      ],
    ],
    [
      'of terms have no values',
      'ERROR',
      errors,
      [1, 3].map((eventNumber) => ({ eventNumber, eventMessage: errors[eventNumber - 1], extractedValues: {} })),
    ],
    [
      'of JSON have no values',
      '{ $.a = 1 }',
      ['{"a":1}', '{"a":2}', 'no JSON'],
      [{ eventNumber: 1, eventMessage: '{"a":1}', extractedValues: {} }],
    ],
    ['are all, of an empty pattern', '', ['a'], [{ eventNumber: 1, eventMessage: 'a', extractedValues: {} }]],
    ['are none', 'x', ['a'], []],
  ];
  it.each(cases)('%s', (_, pattern, messages, expected) => {
    expect(testMetricFilter(pattern, messages)).toEqual(expected);
  });
});

// Truth: the limits of TestMetricFilter, and of a log event, there.
const refusals: [string, string, string[], object][] = [
  ['no messages', '', [], { argument: 'logEventMessages' }],
  ['51 messages', '', Array.from({ length: 51 }, () => 'a'), { argument: 'logEventMessages' }],
  ['an empty message', '', ['a', ''], { argument: 'logEventMessages[1]' }],
  ['a message that is too long', '', ['x'.repeat(262_145)], { argument: 'logEventMessages[0]' }],
  ['a pattern that is none', '{ $.a = }', ['a'], { argument: 'filterPattern', position: 8 }],
];
it.each(refusals)('%s: refused', (_, pattern, messages, details) => {
  expect(() => testMetricFilter(pattern, messages)).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining(details) }),
  );
});
