import { describe, expect, it } from 'vitest';
import { parseEventPattern } from '../patterns/event-pattern/parse-event-pattern.js';
import type { EventFilter } from './event.inputs.js';
import { narrowByPattern } from './pattern-filter.js';

const narrowed = (pattern: unknown, filter: EventFilter = {}) => narrowByPattern(filter, parseEventPattern(pattern));
const detail = (members: object) => ({ detail: members });
const [arn, issuer] = ['arn:aws:iam::111111111111:user/alice', 'arn:aws:iam::111111111111:role/deploy'];

// Truth: an event that is found must hold one of the values demanded; the fields are those of `EventFilter`.
describe('what a pattern demands with exact values narrows', () => {
  const cases: [string, unknown, EventFilter][] = [
    ['the account', { account: ['111111111111'] }, { accountIds: ['111111111111'] }],
    ['the service', detail({ eventSource: ['s3.amazonaws.com'] }), { eventSources: ['s3.amazonaws.com'] }],
    ['the name', detail({ eventName: ['A', 'B'] }), { eventNames: ['A', 'B'] }],
    ['the kind', detail({ eventType: ['AwsApiCall'] }), { eventTypes: ['AwsApiCall'] }],
    ['the error', detail({ errorCode: ['AccessDenied'] }), { errorCodes: ['AccessDenied'] }],
    ['the principal', detail({ userIdentity: { arn: [arn] } }), { principalArns: [arn] }],
    [
      'the role behind a session',
      detail({ userIdentity: { sessionContext: { sessionIssuer: { arn: [issuer] } } } }),
      { principalArns: [issuer] },
    ],
    ['the key', detail({ userIdentity: { accessKeyId: ['AKIA'] } }), { accessKeyIds: ['AKIA'] }],
    ['several', { account: ['1'], ...detail({ eventName: ['A'] }) }, { accountIds: ['1'], eventNames: ['A'] }],
    ['either of two names', detail({ $or: [{ eventName: ['A'] }, { eventName: ['B'] }] }), { eventNames: ['A', 'B'] }],
  ];
  it.each(cases)('%s', (_, pattern, filter) => {
    expect(narrowed(pattern)).toEqual(filter);
  });
});

// Truth: whoever matches these may have any value, or one that is stored in another form than it has in the record.
describe('a filter stays as it is for', () => {
  const cases: [string, unknown][] = [
    ['a beginning', detail({ eventName: [{ prefix: 'Get' }] })],
    ['a name or a beginning', detail({ eventName: ['A', { prefix: 'Get' }] })],
    ['all but a name', detail({ eventName: [{ 'anything-but': ['A'] }] })],
    ['any case', detail({ eventName: [{ 'equals-ignore-case': 'a' }] })],
    ['a number', detail({ eventName: ['A', 1] })],
    ['null', detail({ errorCode: ['A', null] })],
    ['none', detail({ errorCode: ['A', { exists: false }] })],
    ['either of two fields', detail({ $or: [{ eventName: ['A'] }, { errorCode: ['B'] }] })],
    ['the region, which stands for the file where a record has none', detail({ awsRegion: ['eu-west-1'] })],
    ['the user, whose column may hold the role', detail({ userIdentity: { userName: ['alice'] } })],
    ['the envelope', { source: ['aws.s3'], 'detail-type': ['x'], id: ['y'], region: ['z'], time: ['t'] }],
    ['text beyond ASCII', detail({ eventName: ['A', 'Zoë'] })],
    ['control characters', detail({ eventName: ['A\n'] })],
    ['text that is cut where it is stored', detail({ eventName: ['A'.repeat(201)] })],
    ['empty text', detail({ errorCode: [''] })],
  ];
  it.each(cases)('%s', (_, pattern) => {
    expect(narrowed(pattern)).toEqual({});
  });
});

describe('together with what the filter has already, it holds', () => {
  const both = detail({ userIdentity: { arn: [arn], sessionContext: { sessionIssuer: { arn: [issuer] } } } });
  const cases: [string, unknown, EventFilter, EventFilter][] = [
    ['what is in both', detail({ eventName: ['A', 'B'] }), { eventNames: ['B', 'C'] }, { eventNames: ['B'] }],
    ['nothing, where nothing is in both', { account: ['1'] }, { accountIds: ['2'] }, { accountIds: [] }],
    ['nothing, where it was to hold nothing', { account: ['1'] }, { accountIds: [] }, { accountIds: [] }],
    ['what is demanded, for null', detail({ eventName: ['A'] }), { eventNames: null }, { eventNames: ['A'] }],
    ['other fields', detail({ eventName: ['A'] }), { readOnly: true }, { readOnly: true, eventNames: ['A'] }],
    [
      'its own principals',
      detail({ userIdentity: { arn: [arn] } }),
      { principalArns: ['x'] },
      { principalArns: ['x'] },
    ],
    ['one of two demands of principals', both, {}, { principalArns: [arn] }],
  ];
  it.each(cases)('%s', (_, pattern, filter, expected) => {
    const given = structuredClone(filter);
    expect(narrowed(pattern, given)).toEqual(expected);
    expect(given).toEqual(filter);
  });
});
