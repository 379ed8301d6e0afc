import { expect, it } from 'vitest';
import { type DigestKey, parseDigestKey } from './digest-key.js';

const folder = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17';
const name = '111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz';
const usual: DigestKey = {
  prefix: '',
  organizationId: null,
  accountId: '111122223333',
  awsRegion: 'us-east-2',
  trail: 'your-trail-name',
  homeRegion: 'us-east-2',
  isBackfill: false,
  namedAt: Date.parse('2015-08-17T15:01:31Z'),
};

// Truth: CloudTrail user guide, "CloudTrail digest file structure"; the first key is its example.
it.each<[string, string, Partial<DigestKey>]>([
  ['as AWS writes it', `${folder}/${name}`, {}],
  ['under a prefix', `audit/${folder}/${name}`, { prefix: 'audit/' }],
  [
    'of an organisation trail',
    `AWSLogs/o-exampleorgid/${folder.slice(8)}/${name}`,
    { organizationId: 'o-exampleorgid' },
  ],
  ['that was made later', `${folder}/${name.replace('.json', '_backfill.json')}`, { isBackfill: true }],
  [
    'of a trail with underscores in its name',
    `${folder}/${name.replace('your-trail-name', 'your_trail_us-west-1')}`,
    { trail: 'your_trail_us-west-1' },
  ],
  [
    'of a trail whose home is another region',
    `${folder}/${name.replace('name_us-east-2', 'name_eu-west-1')}`,
    { homeRegion: 'eu-west-1' },
  ],
  [
    'of a trail that is named like a digest',
    `${folder}/${name.replace('your-trail-name', 'a_20150817T150131Z_backfill')}`,
    { trail: 'a_20150817T150131Z_backfill' },
  ],
])('reads a key %s', (_, key, different) => {
  expect(parseDigestKey(key)).toEqual({ ...usual, ...different });
});

it.each([
  ['nothing', ''],
  ['a log file', `${folder}/${name}`.replaceAll('CloudTrail-Digest', 'CloudTrail')],
  ['a log file in the folder of digests', `${folder}/111122223333_CloudTrail_us-east-2_20150817T1501Z_a.json.gz`],
  ['a digest of another account than its folder', `${folder}/${name.replace('1111', '2222')}`],
  ['a digest of another region than its folder', `${folder}/${name.replace('us-east-2', 'us-east-1')}`],
  ['a digest without a time', `${folder}/${name.replace('_20150817T150131Z', '')}`],
  ['a digest of a time that does not exist', `${folder}/${name.replace('T15', 'T25')}`],
  ['a digest that was decompressed', `${folder}/${name.slice(0, -3)}`],
  ['a digest on a day that does not exist', `${folder.replace('08/17', '02/30')}/${name}`],
  ['a digest above the folder of a day', `${folder.slice(0, -3)}/${name}`],
  ['a trail whose name is too short', `${folder}/${name.replace('your-trail-name', 'ab')}`],
  ['a NUL', `a\0/${folder}/${name}`],
  ['a line break at the end', `${folder}/${name}\n`],
])('does not take %s for a digest', (_, key) => {
  expect(parseDigestKey(key)).toBeNull();
});

it('refuses hostile keys of any length', () => {
  for (const part of ['/', '_', 'AWSLogs/', '_20150817T150131Z', 'a_b-c.d']) {
    expect(parseDigestKey(part.repeat(1_000_000))).toBeNull();
    expect(parseDigestKey(`${folder}/${name.replace('your-trail-name', part.repeat(200))}`)).toBeNull();
  }
});
