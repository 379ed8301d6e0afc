import { describe, expect, it } from 'vitest';
import { AlarmRuleError } from './alarm-rule-error.js';
import { parseAlarmRule } from './parse-alarm-rule.js';

function errorOf(rule: string): AlarmRuleError {
  try {
    parseAlarmRule(rule);
  } catch (error) {
    if (error instanceof AlarmRuleError) return error;
    throw error;
  }
  throw new Error(`${rule} was taken`);
}

function times(count: number, text: (at: number) => string, joint = ''): string {
  return Array.from({ length: count }, (_, at) => text(at)).join(joint);
}

const arn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:';

describe('rules that are taken, and the alarms they look at', () => {
  it.each([
    // Origin: examples in "Composite alarms", Amazon CloudWatch User Guide.
    ['ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)', ['CPUUtilizationTooHigh', 'DiskReadOpsTooHigh']],
    ['AT_LEAST(2, ALARM, (Web1, Web2, Web3, Web4))', ['Web1', 'Web2', 'Web3', 'Web4']],
    ['AT_LEAST(50%, OK, (Db1, Db2, Db3, Db4))', ['Db1', 'Db2', 'Db3', 'Db4']],
    ['ALARM(CPU) AND NOT ALARM(DeploymentInProgress)', ['CPU', 'DeploymentInProgress']],
    ['AT_LEAST(2, ALARM, (AZ1, AZ2, AZ3)) AND NOT ALARM(Window)', ['AZ1', 'AZ2', 'AZ3', 'Window']],
    ['(ALARM(CPU) OR ALARM(Disk)) AND OK(NetworkOutTooHigh)', ['CPU', 'Disk', 'NetworkOutTooHigh']],
    ['(ALARM("CPU") OR \nALARM("Disk")) AND \nOK("Network")', ['CPU', 'Disk', 'Network']],
    ['ALARM ("with a blank")', ['with a blank']],
    ['INSUFFICIENT_DATA(x)', ['x']],
    ['ALARM("say \\"hi\\"")', ['say "hi"']],
    // Origin: API Reference, PutCompositeAlarm and DeleteAlarms.
    ['TRUE', []],
    ['FALSE', []],
    ['False', []],
    // Origin: what the tests of AWS CDK expect AlarmRule to write.
    [
      `(((ALARM("${arn}a") OR OK("${arn}b")) AND (NOT (INSUFFICIENT_DATA("${arn}c"))) AND AT_LEAST(2, ALARM, ("${arn}a", "${arn}b")) AND AT_LEAST(60%, NOT OK, ("${arn}a", "${arn}d"))) OR FALSE)`,
      ['a', 'b', 'c', 'd'],
    ],
    [`AT_LEAST(1, ALARM, ("${arn}My Web Server CPU"))`, ['My Web Server CPU']],
    // Origin: EventBridge's example of a composite alarm, Amazon CloudWatch User Guide.
    [
      'ALARM(CompositeDemo.FirstChild) OR ALARM(CompositeDemo.SecondChild)',
      ['CompositeDemo.FirstChild', 'CompositeDemo.SecondChild'],
    ],
    // Origin: own reckoning.
    ['ALARM(a)AND(OK(a))OR NOT(ALARM(b))', ['a', 'b']],
    ['NOT NOT ALARM(a)', ['a']],
    ['\t( ( ALARM ( a ) ) ) ', ['a']],
    ['ALARM(ALARM) AND OK(AND)', ['ALARM', 'AND']],
    [`ALARM(a) OR ALARM("a") OR ALARM(${arn}a) OR ALARM(arn:aws-cn:cloudwatch:cn-north-1:1:alarm:a)`, ['a']],
    ['ALARM(arn:aws:cloudwatch:::alarm:ours)', ['ours']],
    [`ALARM(${arn}part:alarm:x)`, ['part:alarm:x']],
    ['ALARM(arn:aws:sns:::alarm:x)', ['arn:aws:sns:::alarm:x']],
    ["ALARM(it's) OR ALARM('x')", ["it's", "'x'"]],
    ['ALARM("(a, b)") OR ALARM("c\\\\") OR ALARM("d\\e")', ['(a, b)', 'c\\', 'd\\e']],
    ['ALARM("über 😀")', ['über 😀']],
    ['AT_LEAST ( 2 , NOT INSUFFICIENT_DATA , ( a , "b c" ) )', ['a', 'b c']],
    ['AT_LEAST(100%,ALARM,(a,a,b))', ['a', 'b']],
  ])('%s', (rule, children) => {
    expect(parseAlarmRule(rule).children).toEqual(children);
  });
});

describe('rules that are refused, where and why', () => {
  it.each([
    // Origin: CloudWatch's own messages ("Unsupported token ')' at char 1"), told in aws-cdk's issues 34662 and 13953.
    ['()', 1, 'AT_LEAST'],
    [`(ALARM(${arn}SampleQueue Oldest Age Alarm))`, 67, '")" is expected where there is "Oldest"'],
    // Origin: the bounds of AtLeastThreshold, AWS CDK.
    ['AT_LEAST(0, OK, (a))', 9, 'from 1 to'],
    ['AT_LEAST(-1, OK, (a))', 9, 'whole number'],
    ['AT_LEAST(3, OK, (a, b))', 9, 'from 1 to that of the alarms, 2'],
    ['AT_LEAST(1.5, OK, (a, b))', 9, 'whole number'],
    ['AT_LEAST(0%, OK, (a))', 9, 'from 1% to 100%'],
    ['AT_LEAST(-1%, OK, (a))', 9, 'whole number'],
    ['AT_LEAST(101%, OK, (a))', 9, 'from 1% to 100%'],
    ['AT_LEAST(1.5%, OK, (a))', 9, 'whole number'],
    ['AT_LEAST(1, OK, ())', 17, 'the name or ARN of an alarm'],
    // Origin: User Guide: names with blanks, parentheses or commas stand in quotes.
    ['ALARM(a,b)', 7, '")" is expected where there is ","'],
    ['ALARM(a(b))', 7, '")" is expected where there is "("'],
    ["ALARM('a b')", 9, '")" is expected'],
    // Origin: own reckoning.
    ['', 0, 'a rule is missing'],
    [' \n', 0, 'a rule is missing'],
    ['CPU', 0, 'is expected where there is "CPU"'],
    ['"CPU"', 0, 'is expected where there is "CPU"'],
    ['AND', 0, 'is expected where there is "AND"'],
    ['ALARM', 5, '"(" is expected where the rule ends'],
    ['ALARM()', 6, 'the name or ARN of an alarm'],
    ['ALARM("")', 6, 'at least one character'],
    ['ALARM( "a )', 7, 'not closed'],
    ['ALARM("a\\")', 6, 'not closed'],
    ['ALARM(a', 7, '")" is expected where the rule ends'],
    ['ALARM(a))', 8, '"AND", "OR" or the end'],
    ['(ALARM(a)', 9, '"AND", "OR" or ")"'],
    ['ALARM(a) ALARM(b)', 9, '"AND", "OR" or the end'],
    ['ALARM(a) AND', 12, 'where the rule ends'],
    ['ALARM(a) OR OR ALARM(b)', 12, 'where there is "OR"'],
    ['ALARM(a) && ALARM(b)', 9, '"AND", "OR" or the end is expected where there is "&&"'],
    ['ALARM(a) ANDOK(b)', 9, 'where there is "ANDOK"'],
    ['NOT', 3, 'where the rule ends'],
    ['ALARM(a) NOT OK(b)', 9, '"AND", "OR" or the end'],
    ['TRUE()', 4, '"AND", "OR" or the end'],
    ['alarm(a)', 0, 'write "ALARM" in upper case'],
    ['ALARM(a) and OK(b)', 9, 'write "AND" in upper case'],
    ['(ALARM(a) Or OK(b))', 10, 'write "OR" in upper case'],
    ['ALARM(NOT a)', 10, '")" is expected where there is "a"'],
    ['AT_LEAST(50 %, OK, (a))', 12, '"," is expected where there is "%"'],
    ['AT_LEAST(, OK, (a))', 9, 'whole number'],
    ['AT_LEAST(1, (a))', 12, 'ALARM, OK or INSUFFICIENT_DATA'],
    ['AT_LEAST(1, NOT NOT OK, (a))', 16, 'ALARM, OK or INSUFFICIENT_DATA'],
    ['AT_LEAST(1, ok, (a))', 12, 'write "OK" in upper case'],
    ['AT_LEAST(1, OK, a)', 16, '"(" is expected where there is "a"'],
    ['AT_LEAST(1, OK, (a b))', 19, '"," or ")"'],
    ['AT_LEAST(1, OK, (a,))', 19, 'the name or ARN of an alarm'],
    ['AT_LEAST(1, OK, (a)', 19, '")" is expected where the rule ends'],
    ['AT_LEAST(2, OK, (a, a))', 9, 'from 1 to that of the alarms, 1'],
    ['AT_LEAST(1, OK, (OK(a)))', 19, '"," or ")"'],
  ])('%s', (rule, position, reason) => {
    const error = errorOf(rule);
    expect(error.reason).toContain(reason);
    expect(error.position).toBe(position);
  });
});

describe('limits of PutCompositeAlarm', () => {
  it('takes 10,240 characters and no more', () => {
    const rule = 'TRUE'.padEnd(10_240);
    expect(parseAlarmRule(rule).children).toEqual([]);
    expect(errorOf(`${rule} `).position).toBe(10_240);
  });

  it('takes 100 different alarms, however often each is named, and no more', () => {
    const rule = times(200, (at) => `OK(${at % 100})`, ' OR ');
    expect(parseAlarmRule(rule).children).toHaveLength(100);
    expect(errorOf(`${rule} OR OK(100)`).position).toBe(rule.length + 7);
  });

  it('takes 500 elements, and so parentheses that are nested 499 deep, and no more', () => {
    const rule = `${'('.repeat(499)}TRUE${')'.repeat(499)}`;
    expect(parseAlarmRule(rule).root).toEqual({ type: 'constant', value: true });
    expect(errorOf(`(${rule})`).position).toBe(500);
    expect(parseAlarmRule(times(500, () => 'OK(a)', ' OR ')).children).toEqual(['a']);
    expect(errorOf(times(501, () => 'OK(a)', ' OR ')).reason).toContain('500 elements');
    expect(errorOf(`AT_LEAST(1, OK, (${times(501, () => 'a', ',')}))`).reason).toContain('500 elements');
  });

  it('is not brought down by what fills a rule', () => {
    expect(errorOf('NOT '.repeat(2560)).position).toBe(10_240);
    expect(errorOf('('.repeat(10_240)).position).toBe(500);
    expect(errorOf(`ALARM("${'\\'.repeat(10_000)}`).position).toBe(6);
    expect(errorOf('a'.repeat(10_240)).reason).toContain('"aaaaaaaaaaaaaaaaaaaa…"');
    expect(parseAlarmRule(`${'NOT '.repeat(2559)}TRUE`).root.type).toBe('not');
  });
});
