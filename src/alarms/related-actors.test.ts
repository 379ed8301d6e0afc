import { describe, expect, it } from 'vitest';
import type { EventIdentity } from '../events/event-trail.port.js';
import { mostFollowed, RelatedActors } from './related-actors.js';

const identity = (given: Partial<EventIdentity>): EventIdentity => ({
  batchId: '1',
  ordinal: 0,
  identityType: 'IAMUser',
  principalArn: null,
  sessionIssuerArn: null,
  accessKeyId: null,
  sourceIPAddress: null,
  ...given,
});
const session = 'arn:aws:sts::111111111111:assumed-role/deploy/mallory';
const role = 'arn:aws:iam::111111111111:role/deploy';
const config = 'assumed-role/AWSServiceRoleForConfig/AWSConfig-Describe';

/* Truth: "CloudTrail userIdentity element" and "CloudTrail record contents" (sourceIPAddress), CloudTrail User Guide. */
describe('whom the causes of an alarm lead to', () => {
  it.each<[string, Partial<EventIdentity>, string[]]>([
    ['a user', { principalArn: 'arn:aws:iam::111111111111:user/a' }, ['arn:aws:iam::111111111111:user/a']],
    ['a session, and not all of its role', { principalArn: session, sessionIssuerArn: role }, [session]],
    ['a role where the session has no name', { sessionIssuerArn: role }, [role]],
    ['a key', { accessKeyId: 'AKIA1' }, ['AKIA1']],
    ['an address', { sourceIPAddress: '203.0.113.9' }, ['203.0.113.9']],
    ['an IPv6 address', { sourceIPAddress: '2001:DB8::1' }, ['2001:DB8::1']],
    ['AWS itself', { sourceIPAddress: 'AWS Internal' }, []],
    ['the address of a service', { sourceIPAddress: 'cloudformation.amazonaws.com' }, []],
    ['a service', { identityType: 'AWSService', principalArn: 'arn:aws:iam::1:role/x' }, []],
    ['the name of a service', { principalArn: 'lambda.amazonaws.com' }, []],
    ['a service in China', { principalArn: 'ec2.amazonaws.com.cn' }, []],
    ['a role that is linked to a service', { principalArn: `arn:aws:sts::111111111111:${config}` }, []],
    ['nobody', {}, []],
  ])('%s', (_name, given, followed) => {
    const actors = new RelatedActors();
    expect(actors.add(identity(given))).toBe(followed.length > 0);
    const { principalArns, accessKeyIds, sourceIPAddresses } = actors.values;
    expect([...principalArns, ...accessKeyIds, ...sourceIPAddresses]).toEqual(followed);
    expect(actors.isEmpty).toBe(followed.length === 0);
  });

  it('follows the first of many, and each once', () => {
    const actors = new RelatedActors();
    const brought = Array.from({ length: mostFollowed + 5 }, (_, at) =>
      actors.add(identity({ accessKeyId: `AKIA${at}` })),
    );
    expect(brought.filter(Boolean)).toHaveLength(mostFollowed);
    expect(actors.add(identity({ accessKeyId: 'AKIA0' }))).toBe(false);
    expect(actors.values.accessKeyIds).toEqual(Array.from({ length: mostFollowed }, (_, at) => `AKIA${at}`));
  });

  it.each<[string, Partial<EventIdentity>, string]>([
    ['the principal before the key', { principalArn: session, accessKeyId: 'AKIA1' }, 'PRINCIPAL'],
    ['the role of other sessions', { principalArn: 'another', sessionIssuerArn: role }, 'PRINCIPAL'],
    ['the key before the address', { accessKeyId: 'AKIA1', sourceIPAddress: '203.0.113.9' }, 'ACCESS_KEY'],
    ['the address alone', { accessKeyId: 'AKIA2', sourceIPAddress: '203.0.113.9' }, 'SOURCE_IP'],
  ])('tells %s', (_name, given, relation) => {
    const actors = new RelatedActors();
    actors.add(identity({ principalArn: session, accessKeyId: 'AKIA1', sourceIPAddress: '203.0.113.9' }));
    actors.add(identity({ sessionIssuerArn: role }));
    expect(actors.relationOf(identity(given))).toBe(relation);
  });
});
