/** The operators of PutMetricAlarm; the last three compare with a band. */
export const ComparisonOperator = {
  GreaterThanOrEqualToThreshold: 'GreaterThanOrEqualToThreshold',
  GreaterThanThreshold: 'GreaterThanThreshold',
  LessThanThreshold: 'LessThanThreshold',
  LessThanOrEqualToThreshold: 'LessThanOrEqualToThreshold',
  LessThanLowerOrGreaterThanUpperThreshold: 'LessThanLowerOrGreaterThanUpperThreshold',
  LessThanLowerThreshold: 'LessThanLowerThreshold',
  GreaterThanUpperThreshold: 'GreaterThanUpperThreshold',
} as const;
export type ComparisonOperator = keyof typeof ComparisonOperator;
