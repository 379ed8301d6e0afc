/** The state of an alarm, `StateValue` of the CloudWatch API Reference. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
