import { describe, expect, it } from 'vitest';
import { MetricMathError } from './metric-math-error.js';
import { matchesSearch, parseMetricSearch } from './metric-search.js';
import type { SearchableMetric } from './search-term.js';

function metric(
  namespace: string,
  metricName: string,
  dimensions: Readonly<Record<string, string>> = {},
  accountId: string | null = null,
): SearchableMetric {
  return { namespace, metricName, dimensions, accountId };
}

function isFound(search: string, searched: SearchableMetric): boolean {
  return matchesSearch(parseMetricSearch(search), searched);
}

const cpu = metric('AWS/EC2', 'CPUUtilization', { InstanceId: 'i-1234567890123456' });
const cpuOfType = metric('AWS/EC2', 'CPUUtilization', { InstanceType: 't2.micro' });
const cpuOfAll = metric('AWS/EC2', 'CPUUtilization');
const packets = metric('AWS/EC2', 'NetworkPacketsIn', { InstanceId: 'i-1' });
const readOps = metric('AWS/EBS', 'VolumeReadOps', { VolumeId: 'ProjectA-data' });
const errors = metric('AWS/Lambda', 'Errors', { FunctionName: 'ProjectA-orders' });
const invocations = metric('AWS/Lambda', 'Invocations', { FunctionName: 'ProjectC-orders' });
const consumed = metric('AWS/NetworkELB', 'ConsumedLCUs', { LoadBalancer: 'net/x' });
const flows = metric('AWS/NetworkELB', 'ActiveFlowCount', { LoadBalancer: 'net/x' });
const custom = metric('MyNamespace', 'CustomCount1');

describe('the examples of AWS', () => {
  // Origin: "CloudWatch search expression syntax" and "CloudWatch search expression examples", Amazon CloudWatch User
  // Guide; the metrics are our own.
  it.each([
    [' {AWS/EC2,InstanceId} MetricName="CPUUtilization" ', [cpu]],
    [' {AWS/EC2,InstanceType} MetricName="CPUUtilization" ', [cpuOfType]],
    [' {AWS/EC2} MetricName="CPUUtilization" ', [cpuOfAll]],
    [' {AWS/EC2,InstanceType} InstanceType=micro MetricName="CPUUtilization" ', [cpuOfType]],
    [' {AWS/EC2,InstanceType} InstanceType="t2.micro" MetricName="CPUUtilization" ', [cpuOfType]],
    [' MetricName="CPUUtilization" ', [cpu, cpuOfType, cpuOfAll]],
    [' MetricName="CPUUtilization" AND ("AWS/ECS" OR "AWS/EC2") ', [cpu, cpuOfType, cpuOfAll]],
    [' "CPUUtilization" ', [cpu, cpuOfType, cpuOfAll]],
    [' "AWS/EC2" MetricName="CPUUtilization" ', [cpu, cpuOfType, cpuOfAll]],
    [' InstanceType=micro ', [cpuOfType]],
    [' InstanceType="t2.micro" Namespace="AWS/EC2" ', [cpuOfType]],
    ['{AWS/EC2,InstanceId} network AND packets', [packets]],
    [' {AWS/EC2,InstanceId} network packets ', [packets]],
    [' {AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT i-1234567890123456 ', []],
    [' NOT Namespace=AWS ', [custom]],
    [' {AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT "ProjectA" NOT "ProjectB" ', [cpu]],
    [' (EC2 OR EBS) AND MetricName=ReadOps ', [readOps]],
    [' (EC2 OR EBS) MetricName=ReadOps ', [readOps]],
    [' (EC2 OR EBS) AND ReadOps AND ProjectA ', [readOps]],
    [
      ' {AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB)) ',
      [errors],
    ],
    [
      ' {AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectC)) ',
      [errors, invocations],
    ],
    [' {AWS/NetworkELB, LoadBalancer} "ConsumedLCUs" OR flow ', [consumed, flows]],
    [' {AWS/Lambda, FunctionName}, MetricName="Errors" ', [errors]],
    [' Errors ', [errors]],
  ])('%s', (search, found) => {
    const all = [cpu, cpuOfType, cpuOfAll, packets, readOps, errors, invocations, consumed, flows, custom];
    expect(all.filter((each) => isFound(search, each))).toEqual(found);
  });

  // Origin: "Partial matches", "Exact matches" and "Non-alphanumeric characters" there.
  it.each([
    ['count', 'CustomCount1', true],
    ['Count', 'CustomCount1', true],
    ['COUNT', 'CustomCount1', true],
    ['couNT', 'CustomCount1', false],
    ['CustomCount', 'CustomCount1', true],
    ['Count1', 'CustomCount1', true],
    ['customcount', 'CustomCount1', false],
    ['count1', 'CustomCount1', false],
    ['customcount1', 'CustomCount1', true],
    ['1', 'CustomCount1', true],
    ['sdb', 'SDBFailure', true],
    ['failure', 'SDBFailure', true],
    ['sdbfailure', 'SDBFailure', true],
    ['fail', 'SDBFailure', false],
    ['333', 'Project2-trial333', true],
    ['project2trial333', 'Project2-trial333', true],
    ['network/errors', 'Network-Errors-2', true],
    ['network+errors', 'Network-Errors-2', true],
    ['network-errors', 'Network-Errors-2', true],
    ['Network_Errors', 'Network-Errors-2', true],
    ['network/errors', 'NetworkErrors2', true],
    ['Network_Errors', 'NetworkErrors2', true],
    ['errors/network', 'NetworkErrors2', false],
    ['"CustomCount1"', 'CustomCount1', true],
    ['"customcount1"', 'CustomCount1', false],
    ['"Custom"', 'CustomCount1', false],
    ['"Network-Errors-2"', 'Network-Errors-2', true],
    ['"Network_Errors_2"', 'Network-Errors-2', false],
    ['"Errors"', 'ConnectionErrors', false],
    ['Errors', 'ConnectionErrors', true],
    ['"Europe\\\\France Traffic\\(Network\\)"', 'Europe\\France Traffic(Network)', true],
    ['"Custom:Name[Special_Characters"', 'Custom:Name[Special_Characters', true],
  ])('%s in %s: %s', (search, name, found) => {
    expect(isFound(search, metric('Other', name))).toBe(found);
  });
});

describe('what is searched', () => {
  // Origin: own reckoning from the same pages.
  const searched = metric('My App', 'Latency', { 'Service Name': 'orders', 'AWS.Zone': 'eu-1' }, '111122223333');

  it.each([
    ['{"My App","Service Name","AWS.Zone"}', true],
    ['{"My App","AWS.Zone","Service Name"} latency', true],
    ['{My App, AWS.Zone, Service Name}', true],
    ['{"My App","AWS.Zone"}', false],
    ['{"My App","AWS.Zone","Service Name","More"}', false],
    ['{"my app","AWS.Zone","Service Name"}', false],
    ['"Service Name"', true],
    ['"orders"', true],
    ['"My App"', true],
    ['service', true],
    ['"Service Name"="orders"', true],
    ['"Service Name"=("a" OR "orders")', true],
    ['"Service Name"=("a" OR "b")', false],
    ['"Service Name"=(NOT "a")', true],
    ['AWS.Zone = "eu-1"', true],
    ['AWS.Zone="EU-1"', false],
    ['AWS.Zone=EU', true],
    ['Zone="eu-1"', false],
    ['MetricName="orders"', false],
    ['Namespace=app', true],
    [':aws.AccountId="111122223333"', true],
    [':aws.AccountId = "444455556666"', false],
    ['"111122223333"', false],
    ['toString="x"', false],
    ['NOT NOT latency', true],
    ['NOT latency OR orders', true],
    ['nothing OR latency AND orders', true],
    ['(nothing OR latency) AND nothing', false],
    ['latency and orders', false],
    ['latency AND "AND"', false],
  ])('%s: %s', (search, found) => {
    expect(isFound(search, searched)).toBe(found);
  });

  it('may lack an account', () => {
    expect(isFound(':aws.AccountId="1"', metric('N', 'M'))).toBe(false);
  });
});

describe('what a search demands of every metric', () => {
  it.each([
    ['{AWS/EC2,InstanceId}', 'AWS/EC2', null, ['InstanceId']],
    ['{AWS/EC2} "x"', 'AWS/EC2', null, []],
    ['{AWS/EC2,A,B,A} MetricName="M"', 'AWS/EC2', 'M', ['A', 'B']],
    ['Namespace="N" x MetricName="M"', 'N', 'M', null],
    ['(Namespace="N" AND MetricName="M") y', 'N', 'M', null],
    ['Namespace="N" OR x', null, null, null],
    ['NOT Namespace="N"', null, null, null],
    ['Namespace=N MetricName=M', null, null, null],
  ])('%s', (search, namespace, metricName, dimensionNames) => {
    expect(parseMetricSearch(search).demands).toEqual({ namespace, metricName, dimensionNames });
  });
});

describe('searches that are refused', () => {
  // Origin: own reckoning; the length is AWS's limit.
  it.each([
    ['', 0, 'a search needs a schema'],
    ['   ', 0, 'a search needs a schema'],
    ['{}', 1, 'a namespace or the name of a dimension'],
    ['{AWS/EC2,}', 9, 'a namespace or the name of a dimension'],
    ['{AWS/EC2', 8, '"," or "}"'],
    ['{AWS/EC2 {x}', 9, '"," or "}"'],
    ['{"AWS/EC2" x}', 11, '"," or "}"'],
    ['{"AWS', 1, 'a namespace'],
    ['"Errors', 0, 'is not closed'],
    ['(a', 0, 'there is no ")"'],
    ['a)', 1, 'there is no "("'],
    ['a AND', 5, 'a term to search for'],
    ['OR a', 0, 'a term to search for'],
    ['a OR OR b', 5, 'a term to search for'],
    ['NOT', 3, 'a term to search for'],
    ['()', 1, 'a term to search for'],
    ['MetricName=', 11, 'a value for MetricName'],
    ['MetricName= AND x', 12, 'a value for MetricName'],
    ['="x"', 0, 'a term to search for'],
    ['A=(B="c")', 4, 'a property has values'],
    ['a=b=c', 3, 'a term to search for'],
    ['x --- y', 2, 'a term needs a letter or a digit'],
  ])('%j at %i: %s', (search, position, reason) => {
    const error = errorOf(search);
    expect(error.reason).toContain(reason);
    expect(error.position).toBe(position);
  });

  // Origin: AWS's limit of 1024 characters, and what would break a stack or a slow regular expression.
  it.each([
    ['a long text', 'x'.repeat(1025), 1024],
    ['parentheses', '('.repeat(1000), 50],
    ['properties', 'A=('.repeat(300), 4],
    ['blanks', ' '.repeat(1024), 0],
    ['blanks in a schema', `{${' '.repeat(1023)}`, 1],
    ['a name and blanks', `{a${' '.repeat(1022)}`, 1024],
    ['escapes', `"${'\\'.repeat(1023)}`, 0],
  ])('%s without end', (_, search, position) => {
    expect(errorOf(search).position).toBe(position);
  });

  it('may have many negations and terms', () => {
    expect(isFound(`${'NOT '.repeat(254)}cpu`, cpu)).toBe(true);
    expect(isFound(`${'a OR '.repeat(200)}cpu`, cpu)).toBe(true);
  });
});

function errorOf(search: string): MetricMathError {
  try {
    parseMetricSearch(search);
  } catch (error) {
    if (error instanceof MetricMathError) return error;
    throw error;
  }
  throw new Error(`${search} was taken`);
}
