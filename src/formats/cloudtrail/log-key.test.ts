import { expect, it } from 'vitest';
import { type LogKey, parseLogKey } from './log-key.js';

const day = '2023-07-10';
const folder = 'AWSLogs/123837392027/CloudTrail/us-east-1/2023/07/10';
const name = '123837392027_CloudTrail_us-east-1_20230710T1150Z_1vnLavRRp0ek1mP4.json.gz';
const usual: LogKey = {
  prefix: '',
  organizationId: null,
  accountId: '123837392027',
  kind: 'CloudTrail',
  awsRegion: 'us-east-1',
  day,
  deliveredAt: Date.parse('2023-07-10T11:50:00Z'),
};
const startOfDay = Date.parse('2023-07-10T00:00:00Z');

// Truth: CloudTrail user guide, "Finding your CloudTrail log files" and "CloudTrail log file name format"; the first
// key is one that AWS wrote.
it.each<[string, string, Partial<LogKey>]>([
  ['as AWS writes it', `${folder}/${name}`, {}],
  ['under a prefix', `audit/trails/${folder}/${name}`, { prefix: 'audit/trails/' }],
  ['under a prefix that is itself AWSLogs', `AWSLogs/${folder}/${name}`, { prefix: 'AWSLogs/' }],
  ['under a leading slash', `/${folder}/${name}`, { prefix: '/' }],
  [
    'of an organisation trail',
    `AWSLogs/o-exampleorgid/${folder.slice(8)}/${name}`,
    { organizationId: 'o-exampleorgid' },
  ],
  [
    'of an organisation trail under a prefix',
    `p/AWSLogs/o-exampleorgid/${folder.slice(8)}/${name}`,
    { prefix: 'p/', organizationId: 'o-exampleorgid' },
  ],
  [
    'of Insights events',
    `${folder.replace('CloudTrail', 'CloudTrail-Insight')}/${name.replace('CloudTrail', 'CloudTrail-Insight')}`,
    { kind: 'CloudTrail-Insight' },
  ],
  [
    'of network activity events',
    `${folder.replace('CloudTrail', 'CloudTrail-NetworkActivity')}/${name.replace('CloudTrail', 'CloudTrail-NetworkActivity')}`,
    { kind: 'CloudTrail-NetworkActivity' },
  ],
  [
    'in a region of another partition',
    'AWSLogs/123837392027/CloudTrail/us-gov-west-1/2023/07/10/x_20230710T1150Z_y.json.gz',
    { awsRegion: 'us-gov-west-1' },
  ],
  ['with a name of its own', `${folder}/backfill-7.json.gz`, { deliveredAt: startOfDay }],
  ['that was decompressed', `${folder}/${name.slice(0, -3)}`, {}],
  ['with a time in its name that does not exist', `${folder}/a_20230710T2561Z_b.json.gz`, { deliveredAt: startOfDay }],
  [
    'on a leap day',
    `${folder.replace('2023/07/10', '2024/02/29')}/a.json.gz`,
    { day: '2024-02-29', deliveredAt: Date.parse('2024-02-29T00:00:00Z') },
  ],
])('reads a key %s', (_, key, different) => {
  expect(parseLogKey(key)).toEqual({ ...usual, ...different });
});

it.each([
  ['nothing', ''],
  [
    'a digest',
    'AWSLogs/123837392027/CloudTrail-Digest/us-east-1/2023/07/10/123837392027_CloudTrail-Digest_us-east-1_trail_us-east-1_20230710T115000Z.json.gz',
  ],
  [
    'AWS Config',
    'AWSLogs/123456789012/Config/eu-west-1/2022/5/5/ConfigHistory/123456789012_Config_eu-west-1_ConfigHistory_AWS::Lambda::Function_20220505T013621Z_20220505T013831Z_1.json.gz',
  ],
  ['VPC flow logs', `AWSLogs/123837392027/vpcflowlogs/us-east-1/2023/07/10/${name}`],
  ['a folder', `${folder}/`],
  ['a hidden file', `${folder}/.${name}`],
  ['a file that is still being written', `${folder}/${name}.tmp`],
  ['a file above the folder of a day', `AWSLogs/123837392027/CloudTrail/us-east-1/2023/07/${name}`],
  ['a file below the folder of a day', `${folder}/more/${name}`],
  ['no AWSLogs folder', `logs/${folder.slice(8)}/${name}`],
  ['something between AWSLogs and the account', `AWSLogs/team/${folder.slice(8)}/${name}`],
  ['an account of eleven digits', `AWSLogs/12383739202/CloudTrail/us-east-1/2023/07/10/${name}`],
  ['an account with a letter', `AWSLogs/12383739202x/CloudTrail/us-east-1/2023/07/10/${name}`],
  ['a region with a blank', `AWSLogs/123837392027/CloudTrail/us east/2023/07/10/${name}`],
  ['30 February', `${folder.replace('07/10', '02/30')}/${name}`],
  ['29 February of a common year', `${folder.replace('07/10', '02/29')}/${name}`],
  ['month 13', `${folder.replace('07/10', '13/10')}/${name}`],
  ['month 0', `${folder.replace('07/10', '00/10')}/${name}`],
  ['a day before 1970', `${folder.replace('2023', '1969')}/${name}`],
  ['months without a zero', `${folder.replace('07/10', '7/10')}/${name}`],
  ['a year of five digits', `${folder.replace('2023', '12023')}/${name}`],
  ['digits of another script', `${folder.replace('2023', '２０２３')}/${name}`],
  ['a NUL', `a\0/${folder}/${name}`],
  ['a line break at the end', `${folder}/${name}\n`],
])('does not take %s for a log file', (_, key) => {
  expect(parseLogKey(key)).toBeNull();
});

it('refuses hostile keys of any length', () => {
  for (const part of ['/', '_', 'AWSLogs/', '_20230710T1150', 'o-a/']) {
    expect(parseLogKey(part.repeat(2_000_000))).toBeNull();
  }
});
