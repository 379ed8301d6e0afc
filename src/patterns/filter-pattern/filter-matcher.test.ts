import { describe, expect, it } from 'vitest';
import { FilterMatcher } from './filter-matcher.js';
import { LogMessage } from './log-message.js';
import { parseFilterPattern } from './parse-filter-pattern.js';

type Case = readonly [pattern: string, message: string, expected: boolean];

function matches(pattern: string, message: LogMessage): boolean {
  return new FilterMatcher([{ pattern: parseFilterPattern(pattern), value: true }]).match(message).length > 0;
}

// Examples of "Filter pattern syntax", user guide, with the matches that it states.
const terms: Case[] = [
  ['ERROR', '[ERROR 400] BAD REQUEST', true],
  ['ERROR', 'Exiting with ERRORCODE: -1', true],
  ['ERROR', 'an error happened', false],
  ['ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', true],
  ['ERROR ARGUMENTS', '[ERROR 400] BAD REQUEST', false],
  ['?ERROR ?ARGUMENTS', '[ERROR 400] BAD REQUEST', true],
  ['?ERROR ?ARGUMENTS', 'ARGUMENTS', true],
  ['?ERROR ?ARGUMENTS', '[INFO 200] OK', false],
  ['?ERROR ?ARGUMENTS REQUEST', '[INFO] REQUEST FAILED', true],
  ['?ERROR ?ARGUMENTS REQUEST', '[ERROR] MISSING ARGUMENTS', false],
  ['?ERROR -WARN', 'INFO', true],
  ['"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true],
  ['"INTERNAL SERVER ERROR"', 'INTERNAL ERROR ON SERVER', false],
  ['ERROR -ARGUMENTS', '[ERROR 400] BAD REQUEST', true],
  ['ERROR -ARGUMENTS', '[ERROR 420] INVALID ARGUMENTS', false],
  ['"ERROR" - "Exiting"', 'Exiting with ERRORCODE: -1', false],
  ['"ERROR" - "Exiting"', 'ERRORCODE: -1', true],
  ['-ERROR', 'fine', true],
  ['-ERROR', '', true],
  ['""', '', true],
  ['"a*b"', 'axb', false],
  ['"a*b"', 'a*b', true],
  ['"é"', 'café', true],
  ['"\\"user\\": \\"x\\""', '{"user": "x"}', true],
  ['"\\\\\\"x"', '{"log":"\\"x"}', true],
];

// "Supported regular expressions", user guide: its operators, each with its examples.
const regexes: Case[] = [
  ['%AUTHORIZED%', '[ERROR 401] UNAUTHORIZED REQUEST', true],
  ['%AUTHORIZED%', '[SUCCESS 200] OK', false],
  ['%^[hc]at%', 'hat trick', true],
  ['%^[hc]at%', 'a hat', false],
  ['%[hc]at$%', 'the cat', true],
  ['%[hc]at$%', 'the cat sat on', false],
  ['%colou?r%', 'color', true],
  ['%colou?r%', 'colour', true],
  ['%colou?r%', 'colouur', false],
  ['%[abcx-z]%', 'defy', true],
  ['%[abcx-z]%', 'defg', false],
  ['%^a{3,5}$%', 'aa', false],
  ['%^a{3,5}$%', 'aaaaa', true],
  ['%^a{3,5}$%', 'aaaaaa', false],
  ['%^a{,2}$%', '', true],
  ['%gra|ey%', 'grey', true],
  ['%^starting|^initializing|^shutting down%', 'shutting down now', true],
  ['%^starting|^initializing|^shutting down%', 'skipping initializing ...', false],
  ['%abcc|ab[^c]$%', 'aba', true],
  ['%abcc|ab[^c]$%', 'abc', false],
  ['%\\[.\\]%', 'value [7] here', true],
  ['%10\\.10\\.0\\.1%', '10.10.0.1', true],
  ['%10\\.10\\.0\\.1%', '10010,051', false],
  ['%10.10.0.1%', '10010,051', true],
  ['%ab*c%', 'ac', true],
  ['%ab[0-9]*$%', 'ab129', true],
  ['%ab+c%', 'abbc', true],
  ['%ab+c%', 'ac', false],
  ['%.at%', 'say at', true],
  ['%^\\d\\D\\w\\W\\s\\S$%', '1a_- x', true],
  ['%^\\D$%', '1', false],
  ['%\\x3A%', 'a:b', true],
  ['%\\x28%', 'f(', true],
  ['%^.$%', '\u{1f600}', true],
  ['%^[^a]$%', '\u{1f600}', true],
  ['%^..$%', 'é\u{1f600}', true],
  ['%^\\w$%', 'é', false],
  ['%^.{40}$%', '\u{1f600}'.repeat(40), true],
  ['%^.{40}$%', '\u{1f600}'.repeat(20), false],
  ['ERROR %4\\d\\d% -%404%', 'ERROR 400', true],
  ['ERROR %4\\d\\d% -%404%', 'ERROR 404', false],
  ['?%4\\d\\d% ?x', '499', true],
];

const event = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  'cluster.name': 'c',
});

const people = JSON.stringify({
  user: { id: 1, email: 'John.Stiles@example.com' },
  users: [
    { id: 2, email: 'John.Doe@example.com' },
    { id: 3, email: 'Jane.Doe@example.com' },
  ],
  actions: ['GET', 'PUT', 'DELETE'],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
});

// Examples of "Using filter patterns to match terms in JSON log events", user guide, with the matches that it states.
const jsonExamples: Case[] = [
  ['{ $.eventType = "UpdateTrail" }', event, true],
  ['{ $.eventType = UpdateTrail }', event, true],
  ['{ $.eventType = updateTrail }', event, false],
  ['{ $.sourceIPAddress != 123.123.* }', event, true],
  ['{ $.sourceIPAddress != 111.111.* }', event, false],
  ['{ $.arrayKey[0] = "value" }', event, true],
  ['{ $.arrayKey[1] = "value" }', event, false],
  ['{ $.eventType = %Trail% }', event, true],
  ['{ $.arrayKey[*] = %val.{2}% }', event, true],
  ['{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }', event, true],
  ['{ $.[\'cluster.name\'] = "c" }', event, true],
  ['{ $.SomeObject IS NULL }', event, true],
  ['{ $.eventType IS NULL }', event, false],
  ['{ $.Missing IS NULL }', event, false],
  ['{ $.ThisFlag IS TRUE }', event, true],
  ['{ $.ThisFlag IS FALSE }', event, false],
  ['{ $.SomeOtherObject NOT EXISTS }', event, true],
  ['{ $.SomeObject NOT EXISTS }', event, false],
  ['{ $.objectList[1].id = 2 }', event, true],
  ['{ $.objectList[2].id NOT EXISTS }', event, true],
  ['{ $.arrayKey NOT EXISTS }', event, false],
  ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', people, true],
  ['{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', people, false],
  ['{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = x }', people, true],
  ['{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = 9) && $.actions[2] = x }', people, false],
  ['{ $.users = 1 }', people, false],
  ['{ $.users != 1 }', people, false],
];

// Numbers: examples of the user guide. Missing fields and booleans fit no comparison: as observed at AWS. Numbers and
// strings compare by text or by value: a test of the emulator floci; the user guide has `recipientAccountId is
// 123456789012`, which is a string there.
const jsonValues: Case[] = [
  ['{ $.a >= 500 }', '{"a": 500}', true],
  ['{ $.a > 500 }', '{"a": 500}', false],
  ['{ $.a < 10e3 }', '{"a": 9999}', true],
  ['{ $.a <= 55.5 }', '{"a": 55.5}', true],
  ['{ $.a > +1000 }', '{"a": 1001}', true],
  ['{ $.a = 1e+3 }', '{"a": 1000}', true],
  ['{ $.a != 1e-3 }', '{"a": 1000}', true],
  ['{ $.a = 400 }', '{"a": 400.0}', true],
  ['{ $.a = 4* }', '{"a": 404}', true],
  ['{ $.a = * }', '{"a": 0}', true],
  ['{ $.a = * }', '{"a": ""}', true],
  ['{ $.a = * }', '{"a": null}', false],
  ['{ $.a = * }', '{"a": {}}', false],
  ['{ $.a = * }', '{}', false],
  ['{ $.a = "3" }', '{"a": 3}', true],
  ['{ $.a = 3 }', '{"a": "3"}', true],
  ['{ $.a = 3 }', '{"a": "3.0"}', true],
  ['{ $.a = "3" }', '{"a": "3.0"}', false],
  ['{ $.a = 123456789012 }', '{"a": "123456789012"}', true],
  ['{ $.a > 2 }', '{"a": "3"}', true],
  ['{ $.a > 2 }', '{"a": "many"}', false],
  ['{ $.a != 2 }', '{"a": "many"}', true],
  ['{ $.a = true }', '{"a": true}', false],
  ['{ $.a = true }', '{"a": "true"}', true],
  ['{ $.a != x }', '{"a": true}', false],
  ['{ $.a != x }', '{"a": null}', false],
  ['{ $.a != x }', '{}', false],
  ['{ $.a != %x% }', '{"a": "y"}', true],
  ['{ $.a != %x% }', '{"a": "axe"}', false],
  ['{ $.a IS TRUE }', '{"a": "true"}', false],
  ['{ $.a = "*b*" }', '{"a": "abc"}', true],
  ['{ $.a = "a*c" }', '{"a": "abc"}', true],
  ['{ $.a = "a*a" }', '{"a": "a"}', false],
  ['{ $.a = "" }', '{"a": ""}', true],
];

// Own reckoning: what a selector comes upon.
const selectors: Case[] = [
  ['{ $.a[0] = x }', '{"a": {"0": "x"}}', false],
  ['{ $.a.length = 1 }', '{"a": [5]}', false],
  ['{ $.a.length = 1 }', '{"a": "x"}', false],
  ['{ $.constructor NOT EXISTS }', '{}', true],
  ['{ $.constructor = x }', '{"constructor": "x"}', true],
  ['{ $.__proto__ = x }', '{"__proto__": "x"}', true],
  ['{ $.a.b = x }', '{"a.b": "x"}', false],
  ['{ $.a[*] != x }', '{"a": ["x", "y"]}', true],
  ['{ $.a[*] != x }', '{"a": ["x"]}', false],
  ['{ $.a[*] = x }', '{"a": {"b": "x"}}', false],
  ['{ $.a.* = x }', '{"a": ["x"]}', false],
  ['{ $.a[*].b = 2 }', '{"a": [1, {"b": 1}, {"b": 2}]}', true],
  ['{ $.a[*] NOT EXISTS }', '{"a": []}', true],
  ['{ $.a[*] NOT EXISTS }', '{"a": [{}]}', false],
  ['{ $.a[*].b NOT EXISTS }', '{"a": [{}]}', true],
  ['{ $.a[*] IS NULL }', '{"a": [1, null]}', true],
  ['{ $.a NOT EXISTS }', '[1]', true],
  ['{ $.a NOT EXISTS }', '5', true],
  ['{ $.a NOT EXISTS }', 'not json', false],
  ['{ $.a NOT EXISTS }', '', false],
  ['{ $.a = 1 }', '2020-01-01 {"a": 1}', false],
  ['{ $.a = 1 }', ' {"a": 1} ', true],
  ['{ $.a NOT EXISTS || $.b = 1 }', 'x', false],
];

const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

// Examples of "Using filter patterns to match terms in space-delimited log events", user guide.
const delimitedExamples: Case[] = [
  ['[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]', access, true],
  ['[..., request =*.html*, status_code = 4*, bytes]', access, true],
  ['[..., request=*.html*, status_code=4*,]', access, true],
  ['[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]', access, true],
  ['[ip, user, username, timestamp, request, status_code, bytes > 1000]', access, true],
  ['[ip, user, username, timestamp, request, status_code, bytes > 2000]', access, false],
  ['[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]', access, false],
  ['[..., status_code=200, size]', access, false],
  ['[ip, user, ...]', access, true],
  ['[ip, user, ..., status_code = 404, bytes]', access, true],
  ['[w1=ERROR, w2]', 'ERROR 09/25/2014 12:00:02 Failed to process request', true],
  ['[w1=ERROR, w2]', 'INFO 09/25/2014 12:00:00 GET /service/resource/67 1200', false],
  ['[w1=ERROR || w1=WARNING, w2]', 'WARNING 09/25/2014 12:00:02 Invalid user request', true],
  ['[w1!=ERROR && w1!=WARNING, w2]', 'INFO 09/25/2014 12:00:00 GET', true],
  ['[w1!=ERROR && w1!=WARNING, w2]', 'ERROR 09/25/2014 12:00:00 GET', false],
  ['[l, d, t, method, url=%/service/resource/[0-9]+$%, ms]', 'INFO 1 2 GET /service/resource/67 1200', true],
  ['[l, d, t, method, url=%/service/resource/[0-9]+$%, ms]', 'INFO 1 2 GET /service/resource/67/x 1200', false],
];

// Own reckoning of the places of fields; that the last takes the rest is in the user guide's note on blank indicators.
// Tabs part words: the lines that Lambda reports have them, and patterns in use count on it.
const delimitedPlaces: Case[] = [
  ['[]', 'x', true],
  ['[]', '', true],
  ['[a]', '', false],
  ['[a, b]', 'x', false],
  ['[a, b = "y z"]', 'x y z', true],
  ['[a, b = "y z"]', 'x y z ', true],
  ['[a, b = y]', 'x "y"', true],
  ['[a, b = *y*]', 'x "y" z', true],
  ['[w1=ERROR]', 'ERROR x', false],
  ['[a, b, ...]', 'x', false],
  ['[..., a = x]', 'x', true],
  ['[a = x, ..., b = x]', 'x', false],
  ['[a = x, ..., b = y]', 'x 1 2 3 y', true],
  ['[..., a, b = y]', '1 2 x y', true],
  ['[type = REPORT, l1, id, l2 = "Duration:", ms > 700, ...]', 'REPORT RequestId: 5\tDuration: 741.17 ms\t', true],
  ['[a = "[x", b]', '[x y', true],
  ['[a = "x y", b]', '[x y] z', true],
  ['[a = "", b]', '"" z', true],
  ['[a = 1.0, b]', '1 z', true],
];

describe('terms and regular expressions', () => {
  it.each([...terms, ...regexes])('%s on %s: %s', (pattern, message, expected) => {
    expect(matches(pattern, LogMessage.ofText(message))).toBe(expected);
  });
});

describe('JSON', () => {
  it.each([...jsonExamples, ...jsonValues, ...selectors])('%s on %s: %s', (pattern, message, expected) => {
    expect(matches(pattern, LogMessage.ofText(message))).toBe(expected);
  });
});

describe('space-delimited fields', () => {
  it.each([...delimitedExamples, ...delimitedPlaces])('%s on %s: %s', (pattern, message, expected) => {
    expect(matches(pattern, LogMessage.ofText(message))).toBe(expected);
  });
});

describe('many filters', () => {
  const record = { eventName: 'DeleteTrail', eventSource: 'cloudtrail.amazonaws.com', errorMessage: 'a "b"' };
  const message = LogMessage.ofRecord(Buffer.from(JSON.stringify(record)), record);
  const matcherOf = (patterns: readonly string[]) =>
    new FilterMatcher(patterns.map((pattern) => ({ pattern: parseFilterPattern(pattern), value: pattern })));

  // Own reckoning.
  it('names those that match, in the order given, for messages of both origins', () => {
    const patterns = ['DeleteTrail', '{ $.eventName = Delete* }', 'x', '[a, ...]', '', '{ $.eventName = DeleteTrail }'];
    const expected = patterns.filter((pattern) => pattern !== 'x');
    const matcher = matcherOf(patterns);
    expect(matcher.match(message)).toEqual(expected);
    expect(matcher.match(LogMessage.ofText(message.text))).toEqual(expected);
    expect(matcher.match(LogMessage.ofText('x'))).toEqual(['x', '[a, ...]', '']);
    expect(matcher.match(message)).toEqual(expected);
  });

  it('has terms look at the text as it stands, escapes included', () => {
    expect(matcherOf(['"a \\"b"', '"a \\\\\\"b"']).match(message)).toEqual(['"a \\\\\\"b"']);
  });

  it('gives equal filters each its own value', () => {
    const pattern = parseFilterPattern('{ $.eventName = DeleteTrail }');
    const matcher = new FilterMatcher([1, 2, 3].map((value) => ({ pattern, value })));
    expect(matcher.match(message)).toEqual([1, 2, 3]);
  });

  it('matches nothing without filters', () => {
    expect(matcherOf([]).match(message)).toEqual([]);
  });
});
