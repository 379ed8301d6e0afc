import { describe, expect, it } from 'vitest';
import { FilterPatternError } from './filter-pattern.js';
import { LogMessage } from './log-message.js';
import { extractedValues, parseDimensionValue, parseMetricValue } from './message-values.js';
import { parseFilterPattern } from './parse-filter-pattern.js';

const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe('extracted values', () => {
  // The first three: examples of TestMetricFilter, API reference. The fourth: user guide 2020. That patterns of other
  // kinds extract nothing: user guide 2020; AWS CLI's example of test-metric-filter has an empty map for a term.
  it.each([
    [
      '[ip, user, username, timestamp, request, status_code, bytes]',
      access,
      {
        $ip: '127.0.0.1',
        $user: 'Prod',
        $username: 'frank',
        $timestamp: '10/Oct/2000:13:25:15 -0700',
        $request: 'GET /index.html HTTP/1.0',
        $status_code: '404',
        $bytes: '1534',
      },
    ],
    ['[..., size]', '1 "2 3" 4', { $1: '1', $2: '2 3', $size: '4' }],
    ['[]', '1 [2 3]', { $1: '1', $2: '2 3' }],
    [
      '[..., request=*.html*, status_code=4*,]',
      '1 2 a.html 404 5',
      { $1: '1', $2: '2', $request: 'a.html', $status_code: '404', $5: '5' },
    ],
    ['[a, ..., b]', '1 2 3', { $a: '1', $2: '2', $b: '3' }],
    ['[a, ...]', '1 2 3', { $a: '1', $2: '2', $3: '3' }],
    ['[a, ..., b]', '1 2', { $a: '1', $b: '2' }],
    ['[a, rest]', '1 [2 3] 4 ', { $a: '1', $rest: '[2 3] 4' }],
    ['[a, b]', '1', {}],
    ['[__proto__]', '1', { $__proto__: '1' }],
    ['{ $.a = 1 }', '{"a": 1}', {}],
    ['ERROR', 'ERROR', {}],
    ['', 'x', {}],
  ])('%s of %s', (pattern, message, expected) => {
    expect(extractedValues(parseFilterPattern(pattern), LogMessage.ofText(message))).toEqual(expected);
  });
});

const anyJson = '{ $.val = * }';

describe('metric values', () => {
  // A selector that the pattern does not have: taken by AWS, as localstack recorded. Strings that are numbers: own
  // decision, since words are texts too. The rest own reckoning.
  it.each([
    ['1', '', 'x', 1],
    ['2.5', 'ERROR', 'x', 2.5],
    ['-1e3', anyJson, '{}', -1000],
    ['$.latency', '{ $.latency = * }', '{"latency": 50, "requestType": "GET"}', 50],
    ['$.value', anyJson, '{"val": 1, "value": 7}', 7],
    ["$.a['b.c'][1]", anyJson, '{"a": {"b.c": [1, 2.5]}}', 2.5],
    ['$.value', anyJson, '{"value": "12.5"}', 12.5],
    ['$.value', anyJson, '{"value": "12 ms"}', null],
    ['$.value', anyJson, '{"value": ""}', null],
    ['$.value', anyJson, '{"value": true}', null],
    ['$.value', anyJson, '{"value": null}', null],
    ['$.value', anyJson, '{"value": [1]}', null],
    ['$.value', anyJson, '{"value": "Infinity"}', null],
    ['$.value', anyJson, '{"value": 1e999}', null],
    ['$.value', anyJson, '{"value": "0x10"}', null],
    ['$.value', anyJson, '{"val": 1}', null],
    ['$.value', anyJson, 'no json', null],
    ['$bytes', '[..., bytes]', access, 1534],
    ['$6', '[..., bytes]', access, 404],
    ['$7', '[..., bytes]', access, 1534],
    ['$9', '[..., bytes]', access, null],
    ['$2', '[a, b]', '1 2', 2],
    ['$b', '[a, b]', '1 2 3', null],
    ['$a', '[a, b]', '1', 1],
    ['$a', '[a, b]', 'x 1', null],
    ['$b', '[a, b]', '1', null],
  ])('%s with %s on %s', (value, pattern, message, expected) => {
    expect(parseMetricValue(value, parseFilterPattern(pattern)).numberOf(LogMessage.ofText(message))).toBe(expected);
  });

  // Own reckoning.
  it.each([
    ['', '', 0, /number, "\$\.selector" or "\$field"/],
    ['one', '', 0, /number/],
    ['1 ', '', 0, /number/],
    ['1e999', '', 0, /number/],
    ['NaN', '', 0, /number/],
    ['$.a', '', 0, /JSON and delimited/],
    ['$.a', 'ERROR', 0, /JSON and delimited/],
    ['$a', anyJson, 1, /"\$\.selector"/],
    ['$.a b', anyJson, 3, /nothing may follow/],
    ['$.a[*]', anyJson, 0, /without a wildcard/],
    ['$.', anyJson, 2, /name of letters/],
    ['$size', '[..., bytes]', 1, /name of a field/],
    ['$.size', '[..., bytes]', 1, /name of a field/],
    ['$', '[a]', 1, /name of a field/],
    ['$0', '[a]', 1, /number from 1/],
    ['$3', '[a, b]', 1, /2 fields only/],
  ])('refuses %j with %j', (value, pattern, position, reason) => {
    const parse = () => parseMetricValue(value, parseFilterPattern(pattern));
    expect(parse).toThrow(FilterPatternError);
    expect(parse).toThrow(reason);
    expect(parse).toThrow(expect.objectContaining({ position }));
  });
});

describe('dimension values', () => {
  // `$.eventType` and `$server`: examples of "Publishing dimensions with metrics", user guide; nothing where the field is
  // missing: AWS::Logs::MetricFilter Dimension, CloudFormation. The rest own reckoning.
  it.each([
    ['$.eventType', '{ $.eventType = "*" }', '{"eventType": "UpdateTrail"}', 'UpdateTrail'],
    ['$.a', anyJson, '{"a": 1.5}', '1.5'],
    ['$.a', anyJson, '{"a": true}', 'true'],
    ['$.a', anyJson, '{"a": null}', null],
    ['$.a', anyJson, '{"a": {}}', null],
    ['$.a', anyJson, '{"a": ""}', null],
    ['$.a', anyJson, '{"a": " "}', null],
    ['$.a', anyJson, '{}', null],
    ['$.toString', anyJson, '{}', null],
    ['$server', '[ip, server, ...]', access, 'Prod'],
    ['$4', '[ip, server, ...]', access, '10/Oct/2000:13:25:15 -0700'],
    ['$a', '[a, b]', '"" x', null],
  ])('%s with %s on %s', (value, pattern, message, expected) => {
    expect(parseDimensionValue(value, parseFilterPattern(pattern)).of(LogMessage.ofText(message))).toBe(expected);
  });

  it.each([
    ['x', anyJson],
    ['1', '[a]'],
    ['$.a', 'ERROR'],
    ['$b', '[a]'],
  ])('refuses %j with %j', (value, pattern) => {
    expect(() => parseDimensionValue(value, parseFilterPattern(pattern))).toThrow(FilterPatternError);
  });
});
