import { describe, expect, it } from 'vitest';
import { compileTargetInput, type GivenInput } from './compile-target-input.js';
import { InputError } from './input-error.js';

const given = (event: object) => ({ text: JSON.stringify(event), value: event });
const envelope = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'core.update-account-command',
  source: 'core.update-account-command',
  account: '111111111111',
  time: '2024-06-11T08:33:04Z',
  region: 'us-east-1',
  resources: [],
};
const event = given({
  ...envelope,
  detail: { command: 'update-account', payload: { acc_id: '0a787ecb-4015', sf_id: 'baz' } },
});
const rule = {
  ruleArn: 'arn:aws:events:us-east-1:111111111111:rule/bus/rule-1',
  ruleName: 'rule-1',
  ingestionTime: '2024-06-11T08:33:05Z',
};
const paths = { 'detail-type': '$.detail-type', timestamp: '$.time', command: '$.detail.command' };
const transformed = (inputTemplate: string, inputPathsMap: Record<string, string> = paths): GivenInput => ({
  inputTransformer: { inputPathsMap, inputTemplate },
});

describe('what AWS was recorded to send', () => {
  // LocalStack's tests against AWS, tests/aws/services/events/test_events_inputs.snapshot.json, recorded in May and June
  // 2024. A value that is not there: the User Guide says that its variable "won't appear in the output"; the recordings
  // have an empty string, in quotes of its own where it stands outside of a string.
  const text = '"Event of <detail-type> type, at time <timestamp>, info extracted from detail <command>"';
  const json = '{"detailType": <detail-type>,  "time": <timestamp>, "command": <command>}';
  const missing = { ...paths, command: '$.detail.notinmessage' };
  it.each<[string, GivenInput, string]>([
    ['the event, where nothing is said', {}, event.text],
    [
      'the detail',
      { inputPath: '$.detail' },
      '{"command":"update-account","payload":{"acc_id":"0a787ecb-4015","sf_id":"baz"}}',
    ],
    ['a part of the detail', { inputPath: '$.detail.payload' }, '{"acc_id":"0a787ecb-4015","sf_id":"baz"}'],
    ['a string of it, in its quotes', { inputPath: '$.detail.payload.sf_id' }, '"baz"'],
    [
      'text, in its quotes',
      transformed(text),
      '"Event of core.update-account-command type, at time 2024-06-11T08:33:04Z, info extracted from detail update-account"',
    ],
    [
      'text without what is not there',
      transformed(text, missing),
      '"Event of core.update-account-command type, at time 2024-06-11T08:33:04Z, info extracted from detail "',
    ],
    [
      'text that begins like JSON',
      transformed('"{[/Check with special starting characters for event of <detail-type> type"'),
      '"{[/Check with special starting characters for event of core.update-account-command type"',
    ],
    [
      'JSON, minified',
      transformed(json),
      '{"detailType":"core.update-account-command","time":"2024-06-11T08:33:04Z","command":"update-account"}',
    ],
    [
      'JSON with an empty string for what is not there',
      transformed(json, missing),
      '{"detailType":"core.update-account-command","time":"2024-06-11T08:33:04Z","command":""}',
    ],
    [
      'the variables of the rule',
      transformed(
        '"Message containing all pre defined variables <aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
      ),
      `"Message containing all pre defined variables ${rule.ruleArn} rule-1 2024-06-11T08:33:05Z"`,
    ],
    [
      // The recording hides the form of the time in `aws.events.event`; here it is the event's own.
      'the event without its detail, with detailType; and the event as it is',
      transformed('{"originalEvent": <aws.events.event>, "originalEventJson": <aws.events.event.json>}'),
      `{"originalEvent":{"id":"7bf73129-1428-4cd3-a780-95db273d1602","account":"111111111111","detailType":"core.update-account-command","time":"2024-06-11T08:33:04Z","source":"core.update-account-command","region":"us-east-1","resources":[],"version":"0"},"originalEventJson":${event.text}}`,
    ],
  ])('%s', (_, input, expected) => {
    expect(compileTargetInput(input).apply(event, rule)).toBe(expected);
  });
});

describe('the examples of the User Guide', () => {
  // awsdocs/amazon-eventbridge-user-guide, eb-transform-target-input.md; without the one for CloudWatch Logs, whose
  // output is no JSON. White space goes ("The JSON that is passed to the target is minified").
  const ec2 = given({
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: '123456789012',
    time: '2015-11-11T21:29:54Z',
    region: 'us-east-1',
    resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
    detail: { 'instance-id': 'i-0123456789', state: 'RUNNING' },
  });
  const variables = { timestamp: '$.time', instance: '$.detail.instance-id', state: '$.detail.state' };
  it.each([
    ['simple string', '"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    [
      'string with escaped quotes',
      '"instance \\"<instance>\\" is in <state>"',
      '"instance \\"i-0123456789\\" is in RUNNING"',
    ],
    [
      'simple JSON',
      '{\n  "instance" : <instance>,\n  "state": <state>\n}',
      '{"instance":"i-0123456789","state":"RUNNING"}',
    ],
    [
      'JSON with strings and variables',
      '{\n "instance" : <instance>,\n "state": "<state>",\n "instanceStatus": "instance \\"<instance>\\" is in <state>"\n}',
      '{"instance":"i-0123456789","state":"RUNNING","instanceStatus":"instance \\"i-0123456789\\" is in RUNNING"}',
    ],
    [
      'JSON with a mix of variables and static information',
      '{"instance" : <instance>, "state": [ 9, <state>, true ], "Transformed" : "Yes"}',
      '{"instance":"i-0123456789","state":[9,"RUNNING",true],"Transformed":"Yes"}',
    ],
    ['reserved variables in a string', '"<aws.events.rule-name> triggered"', '"rule-1 triggered"'],
  ])('%s', (_, template, expected) => {
    expect(compileTargetInput(transformed(template, variables)).apply(ec2, rule)).toBe(expected);
  });
});

describe('what a target gets of other values', () => {
  // Ours, where no recording was found: JSON stays JSON, whatever a field holds, and numbers keep their digits.
  const text = `{"detail": {"n": 12345678901234567890, "f": 1.50, "yes": true, "none": null, "empty": {},
    "list": [{"a": 1}, {"a": "x"}], "said": "a \\"b\\" \\u00e9 \\\\", "deep": {"k\\u0065y": [[1, 2], [3]]},
    "twice": {"a": 1}, "twice": {"b": 2}, "a:b": "colon"}, "resources": ["r1", "r2"]}`;
  const values = { text, value: JSON.parse(text) as object };
  it.each([
    ['a number with more digits than a double has', '$.detail.n', '{"v":<v>}', '{"v":12345678901234567890}'],
    ['a number as it is spelled', '$.detail.f', '"<v>"', '"1.50"'],
    ['a boolean', '$.detail.yes', '[<v>,"<v>"]', '[true,"true"]'],
    ['null, which is nothing within a string', '$.detail.none', '[<v>,"<v>"]', '[null,""]'],
    ['an object as JSON', '$.detail.list[0]', '{"v":<v>}', '{"v":{"a": 1}}'],
    ['an object within a string, escaped', '$.detail.list[0]', '{"v":"is <v>"}', '{"v":"is {\\"a\\": 1}"}'],
    ['a list', '$.resources', '<v>', '["r1", "r2"]'],
    ['an element', '$.resources[1]', '<v>', '"r2"'],
    ['no such element', '$.resources[2]', '<v>', '""'],
    ['all elements', '$.resources[*]', '<v>', '["r1","r2"]'],
    ['a field of all elements', '$.detail.list[*].a', '<v>', '[1,"x"]'],
    ['all members', '$.detail.list[1].*', '<v>', '["x"]'],
    ['all of what is not there', '$.nothing[*]', '<v>', '[]'],
    [
      'escapes in a string, once',
      '$.detail.said',
      '{"a":<v>,"b":"<v>"}',
      `{"a":${'"a \\"b\\" \\u00e9 \\\\"'},"b":"a \\"b\\" \\u00e9 \\\\"}`,
    ],
    ['a name that the event spells with an escape', '$.detail.deep.key[1][0]', '<v>', '3'],
    ['the last of two members of one name', '$.detail.twice.b', '<v>', '2'],
    ['nothing of the first of them', '$.detail.twice.a', '<v>', '""'],
    ['a name with a colon', '$.detail.a:b', '<v>', '"colon"'],
    ['an index into an object: nothing', '$.detail[0]', '<v>', '""'],
    ['a name in a string: nothing', '$.detail.said.length', '<v>', '""'],
    ['lines that stand in quotes each', '$.resources[0]', '"one <v>"\n"two <v>"', '"one r1"\n"two r1"'],
    ['a "<" that begins no name', '$.resources[0]', '"1 < 2 and <v> > 0 <-"', '"1 < 2 and r1 > 0 <-"'],
    ['an escaped "<"', '$.resources[0]', '"\\u003cb> <v>"', '"\\u003cb> r1"'],
    ['a variable after an escaped backslash', '$.resources[0]', '{"a":"\\\\","b":<v>}', '{"a":"\\\\","b":"r1"}'],
    ['white space within strings only', '$.resources[0]', '{ "a b" : "c  <v>" }', '{"a b":"c  r1"}'],
  ])('%s', (_, path, template, expected) => {
    expect(compileTargetInput(transformed(template, { v: path })).apply(values, rule)).toBe(expected);
  });

  it.each([
    ['the whole event as it is', '$', text],
    ['null for what is not there', '$.nothing', 'null'],
    ['a number as it is spelled', '$.detail.n', '12345678901234567890'],
  ])('a path gives %s', (_, inputPath, expected) => {
    expect(compileTargetInput({ inputPath }).apply(values, rule)).toBe(expected);
  });

  it('a constant is given as it was written', () => {
    expect(compileTargetInput({ input: ' {"a": 1.0}\n' }).apply(values, rule)).toBe(' {"a": 1.0}\n');
  });

  it.each(['", "admin": "yes', '\\', '"}', '\u2028\u0000', '<v>', '<aws.events.event.json>', '$&'])(
    'a field that holds %j stays one field',
    (hostile) => {
      const named = given({ detail: { name: hostile } });
      const input = compileTargetInput(transformed('{"a": <v>, "b": "x<v>y"}', { v: '$.detail.name' }));
      expect(JSON.parse(input.apply(named, rule))).toEqual({ a: hostile, b: `x${hostile}y` });
    },
  );
});

describe('what is refused', () => {
  const template = 'inputTransformer.inputTemplate';
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`v${n}`, '$.id']));
  const ofPath = (path: string) => transformed('"x"', { v: path });
  // One of three, unknown placeholders: recorded by LocalStack against AWS (as above). Lengths, numbers and names: the
  // shapes of EventBridge's API (botocore, events/2015-10-07). Quotes, names of fields, reserved names, dot notation: the
  // User Guide and the API's InputTransformer. That paths and JSON are looked at when they are given: ours.
  it.each<[string, GivenInput, string, number | undefined]>([
    ['a path and a transformer', { ...transformed('"x"'), inputPath: '$.detail' }, 'inputTransformer', undefined],
    ['a constant and a path', { input: '1', inputPath: '$' }, 'inputPath', undefined],
    ['an unknown variable', transformed('"Event <detail-type>, <notdefinedkey>"'), template, 22],
    ['a reserved name that AWS does not have', transformed('"<aws.events.region>"'), template, 1],
    ['an inherited name', transformed('"<constructor>"'), template, 1],
    ['101 variables', transformed('"x"', many), 'inputTransformer.inputPathsMap', undefined],
    [
      'a reserved name',
      transformed('"x"', { 'aws.events.rule-name': '$.id' }),
      'inputTransformer.inputPathsMap.aws.events.rule-name',
      undefined,
    ],
    ['a name with a blank', transformed('"x"', { 'a b': '$.id' }), 'inputTransformer.inputPathsMap.a b', undefined],
    ['an empty name', transformed('"x"', { '': '$.id' }), 'inputTransformer.inputPathsMap.', undefined],
    ['an empty template', transformed(''), template, undefined],
    ['8,193 characters of template', transformed(`"${'x'.repeat(8191)}"`), template, undefined],
    ['8,193 characters of constant', { input: `"${'x'.repeat(8191)}"` }, 'input', undefined],
    ['257 characters of path', { inputPath: `$.${'x'.repeat(255)}` }, 'inputPath', undefined],
    ['text without quotes', transformed('<command> came'), template, 10],
    ['a line without quotes', transformed('"one"\nand <command>'), template, 6],
    ['a string that is not closed', transformed('"one <command>'), template, 14],
    ['JSON that is not closed', transformed('{"a": <command>'), template, 15],
    ['two values in the place of one', transformed('{"a": <command><command>}'), template, 15],
    ['digits before a variable', transformed('{"a": 1<command>}'), template, 7],
    ['a variable as the name of a field', transformed('{<command>: 1}'), template, 1],
    ['a variable within the name of a field', transformed('{"x<command>" : 1}'), template, 13],
    ['a line break within a string', transformed('{"a": "<command>\n"}'), template, 16],
    ['a constant that is not JSON', { input: '{"a": }' }, 'input', 6],
    ['a constant that ends early', { input: '{"a": 1' }, 'input', 7],
    ['an empty constant', { input: '' }, 'input', 0],
    ['an empty path', { inputPath: '' }, 'inputPath', 0],
    ['a path without $', { inputPath: 'detail' }, 'inputPath', 0],
    ['a name in brackets', ofPath("$['detail']"), 'inputTransformer.inputPathsMap.v', 1],
    ['descent', ofPath('$..name'), 'inputTransformer.inputPathsMap.v', 1],
    ['a filter', ofPath('$.resources[?(@.a)]'), 'inputTransformer.inputPathsMap.v', 11],
    ['a negative index', ofPath('$.resources[-1]'), 'inputTransformer.inputPathsMap.v', 11],
    ['a step without a name', ofPath('$.detail.'), 'inputTransformer.inputPathsMap.v', 8],
    ['a name right after $', ofPath('$detail'), 'inputTransformer.inputPathsMap.v', 1],
  ])('%s', (_, input, argument, position) => {
    const refusal = refusalOf(input);
    expect([refusal.argument, refusal.position]).toEqual([argument, position]);
  });

  it.each([
    ['100 variables', transformed('"x"', Object.fromEntries(Object.entries(many).slice(1)))],
    ['8,192 characters of template', transformed(`"${'x'.repeat(8190)}"`)],
    ['256 characters of path', { inputPath: `$.${'x'.repeat(254)}` }],
    ['a template without variables of its own', { inputTransformer: { inputTemplate: '"x"' } }],
    ['arguments that are null', { input: null, inputPath: null, inputTransformer: null }],
  ])('but not %s', (_, input) => {
    expect(compileTargetInput(input).apply(event, rule)).not.toBe('');
  });

  function refusalOf(input: GivenInput): InputError {
    try {
      compileTargetInput(input);
    } catch (error) {
      if (error instanceof InputError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }
});
