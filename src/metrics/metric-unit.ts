/**
 * AWS's units, in the order of `StandardUnit` in the Amazon CloudWatch API Reference. Data points are stored with the
 * place of theirs: a new unit goes to the end.
 */
export const metricUnits = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
] as const;

export type MetricUnit = (typeof metricUnits)[number];

const numbers = new Map<string, number>(metricUnits.map((unit, number) => [unit, number]));

export function isMetricUnit(unit: string): unit is MetricUnit {
  return numbers.has(unit);
}

/**
 * The place of a unit in the list, from 0.
 *
 * @throws Error when it is no unit of AWS's
 */
export function unitNumber(unit: string): number {
  const number = numbers.get(unit);
  if (number === undefined) throw new Error(`${unit} is no unit of a metric`);
  return number;
}
