import { describe, expect, it } from 'vitest';
import { MetricMathError } from './metric-math-error.js';
import { parseMetricMath } from './parse-metric-math.js';

function errorOf(text: string): MetricMathError {
  try {
    parseMetricMath(text);
  } catch (error) {
    if (error instanceof MetricMathError) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 100)} was taken`);
}

function idsOf(text: string): readonly string[] {
  return parseMetricMath(text).references.map(({ id }) => id);
}

describe('expressions that are taken', () => {
  // Origin: the examples in "Using math expressions with CloudWatch metrics", Amazon CloudWatch User Guide.
  it.each([
    ['5 * m1', ['m1']],
    ['SUM(100/[m1, m2])', ['m1', 'm2']],
    ['AVG([m1,m2]/m3)', ['m1', 'm2', 'm3']],
    ['METRICS()*100', []],
    ['-5*m1', ['m1']],
    ['SUM(-[m1, m2])', ['m1', 'm2']],
    ['(metric1 > 15 AND metric2 > 15)', ['metric1', 'metric2']],
    ['MIN(ABS([m1, m2]))', ['m1', 'm2']],
    ['ANOMALY_DETECTION_BAND(m1,4)', ['m1']],
    ['FILL(METRICS(), m1)', ['m1']],
    ['FILL(m1, MIN(m1))', ['m1', 'm1']],
    ['FILL(METRICS(), LINEAR)', []],
    ['IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)', []],
    ['IF(MONTH(m1) == 4,m1)', ['m1', 'm1']],
    ['SUM([METRICS("4xx"), METRICS("5xx")])', []],
    ['SLICE(SORT(METRICS(), SUM, DESC), 0, 10)', []],
    ['SUM(METRICS("errors"))/SUM(METRICS("requests"))*100', []],
    ['TIME_SERIES(5*AVG(m1))', ['m1']],
    ['IF(latency>threshold, 1, 0)', ['latency', 'threshold']],
  ])('%s refers to %j', (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  // Origin: own reckoning of how people write.
  it.each([
    ['\n m1\t+\n m2 ', ['m1', 'm2']],
    ['.5 * m1 + 2. - 1e3', ['m1']],
    ['a&&b||c', ['a', 'b', 'c']],
    ['a AND b OR c', ['a', 'b', 'c']],
    ['--m1', ['m1']],
    ['and+or', ['and', 'or']],
    ['aLL_9', ['aLL_9']],
  ])('%j refers to %j', (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  it('tells where each reference stands', () => {
    expect(parseMetricMath(' m1 / m1').references).toEqual([
      { id: 'm1', position: 1 },
      { id: 'm1', position: 6 },
    ]);
  });

  it('tells METRICS apart from none', () => {
    expect(parseMetricMath('SUM(METRICS("a"))').usesMetrics).toBe(true);
    expect(parseMetricMath('m1').usesMetrics).toBe(false);
  });
});

describe('SEARCH and bands', () => {
  // Origin: examples of "CloudWatch search expression syntax"; without a period as the current guide has it.
  it.each([
    [
      `SEARCH(' {AWS/EC2,InstanceId} MetricName="CPUUtilization" ', 'Average', 300)`,
      { search: ' {AWS/EC2,InstanceId} MetricName="CPUUtilization" ', stat: 'Average', period: 300, position: 0 },
    ],
    [
      `SUM(SEARCH('{AWS/Lambda, FunctionName} Errors', "p99.9"))`,
      { search: '{AWS/Lambda, FunctionName} Errors', stat: 'p99.9', period: null, position: 4 },
    ],
    [
      'SEARCH("MetricName=\\"Errors\\"", "Sum", 60)',
      { search: 'MetricName="Errors"', stat: 'Sum', period: 60, position: 0 },
    ],
    [
      `SEARCH('"Europe\\\\France Traffic\\(Network\\)"', 'Sum', 60)`,
      { search: '"Europe\\\\France Traffic\\(Network\\)"', stat: 'Sum', period: 60, position: 0 },
    ],
  ])('%s', (text, call) => {
    expect(parseMetricMath(text).searches).toEqual([call]);
  });

  it('tells the band that is asked for', () => {
    expect(parseMetricMath('LAST(ANOMALY_DETECTION_BAND(m1, 2))').bands).toEqual([{ id: 'm1', position: 5 }]);
  });
});

describe('expressions that are refused', () => {
  // Origin: own reckoning; which position a person would look at.
  it.each([
    ['', 0, 'an expression is missing'],
    ['  ', 0, 'an expression is missing'],
    ['m1 +', 4, 'is expected where the expression ends'],
    ['m1 m2', 3, 'an operator or the end is expected where there is "m2"'],
    ['5m1', 1, 'an operator or the end'],
    ['(m1', 3, '")" is expected where the expression ends'],
    ['m1)', 2, 'an operator or the end'],
    ['[m1', 3, '"]" is expected'],
    ['[]', 1, 'a number, an id'],
    ['SUM(m1,)', 7, 'a number, an id'],
    ['m1 = 2', 3, 'write == to compare'],
    ['!m1', 0, 'there is no operator "!"'],
    ['m1 & m2', 3, 'write &&'],
    ['m1 | m2', 3, 'write ||'],
    ['m1 % 2', 3, '"%" has no meaning'],
    ['m1 + 😀', 5, '"😀" has no meaning'],
    ['+m1', 0, 'a number, an id'],
    ['METRICS("a', 8, 'is not closed'],
    ["SEARCH('a\\', 'Sum')", 17, 'is not closed'],
    ['sum(m1)', 0, 'functions are written in capitals, SUM'],
    ['Metrics()', 0, 'functions are written in capitals, METRICS'],
    ['m1 + FOO(m2)', 5, 'there is no function FOO'],
    ['toString(m1)', 0, 'there is no function toString'],
    ['constructor(m1)', 0, 'there is no function constructor'],
    ['Errors / 2', 0, '"Errors" is no id'],
    ['_m1', 0, '"_m1" is no id'],
    ['1e999 * m1', 0, 'the number is too large'],
    ['METRICS(m1)', 8, 'METRICS takes a string or nothing'],
    ['METRICS("a", "b")', 13, 'METRICS takes one string'],
    ['SEARCH("x")', 0, 'write SEARCH('],
    ['SEARCH(m1, "Sum")', 7, 'the search expression is a string'],
    ['SEARCH("x", Sum)', 12, '"Sum" is no id'],
    ['SEARCH("x", SUM)', 12, 'the statistic is a string'],
    ['SEARCH("x", " ")', 12, 'the statistic is a string'],
    ['SEARCH("x", "Sum", 0)', 19, 'whole number of seconds'],
    ['SEARCH("x", "Sum", 1.5)', 19, 'whole number of seconds'],
    ['SEARCH("x", "Sum", m1)', 19, 'whole number of seconds'],
    ['SEARCH("x", "Sum", 60, 1)', 23, 'write SEARCH('],
    [`SUM(SEARCH('{AWS/EC2 x', 'Sum'))`, 22, '"," or "}" is expected'],
    ['SEARCH("{\\"a b\\"", "Sum")', 7, '"," or "}" is expected'],
    ['SEARCH("", "Sum")', 8, 'a search needs'],
    ['ANOMALY_DETECTION_BAND(m1 + m2)', 26, 'takes the id of a metric'],
    ['ANOMALY_DETECTION_BAND()', 0, 'takes the id of a metric'],
    ['ANOMALY_DETECTION_BAND(m1, 2, 3)', 30, 'takes the id of a metric'],
    ['ANOMALY_DETECTION_BAND(m1) + ANOMALY_DETECTION_BAND(m2)', 29, 'one ANOMALY_DETECTION_BAND'],
  ])('%j at %i: %s', (text, position, reason) => {
    const error = errorOf(text);
    expect(error.reason).toContain(reason);
    expect(error.position).toBe(position);
  });

  // Origin: the functions of AWS's guide that read AWS's own data.
  it.each([
    ['SERVICE_QUOTA(m1)', 'Service Quotas'],
    ['INSIGHT_RULE_METRIC("rule", "MaxContributorValue")', 'Contributor Insights'],
    ["DB_PERF_INSIGHTS('RDS', 'db-1', 'os.cpu')", 'Performance Insights'],
    ["LAMBDA('function')", 'Lambda'],
  ])('%s needs what only AWS has', (text, data) => {
    expect(errorOf(text).reason).toContain(`needs data of ${data}`);
  });
});

describe('hostile expressions', () => {
  it('may have as many operators as fit', () => {
    const text = `1${'+m'.repeat(1023)}`;
    expect(idsOf(text)).toHaveLength(1023);
  });

  // Origin: the limit of CloudWatch's API, and depths that would break a stack.
  it.each([
    ['a long text', 'm'.repeat(2049), 2048, '2048 characters at most'],
    ['parentheses', '('.repeat(2000), 100, '100 levels'],
    ['arrays', '['.repeat(2000), 100, '100 levels'],
    ['signs', `${'-'.repeat(2000)}m1`, 100, '100 levels'],
    ['powers', `${'m^'.repeat(1000)}m`, 200, '100 levels'],
    ['calls', 'ABS('.repeat(500), 400, '100 levels'],
    ['escapes', `METRICS("${'\\'.repeat(2001)}`, 8, 'is not closed'],
  ])('%s', (_, text, position, reason) => {
    const error = errorOf(text);
    expect(error.reason).toContain(reason);
    expect(error.position).toBe(position);
  });
});
