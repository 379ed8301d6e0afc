import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';
import type { AlarmState as State } from '../patterns/alarm-rule/alarm-state.js';
import type { MetricAlarmDefinition } from './alarm-definition.js';

/** The values of an enum of the schema, which are those of a type that rooms without GraphQL know it by. */
type Values<T extends string> = { readonly [Value in T]: Value };

export const AlarmState: Values<State> = { OK: 'OK', ALARM: 'ALARM', INSUFFICIENT_DATA: 'INSUFFICIENT_DATA' };
export type AlarmState = State;

registerEnumType(AlarmState, {
  name: 'AlarmState',
  description: 'The state of an alarm.',
  valuesConfig: {
    OK: { description: 'It does not breach; of a composite alarm: its rule is false.' },
    ALARM: { description: 'It breaches; of a composite alarm: its rule is true.' },
    INSUFFICIENT_DATA: { description: 'It is new, or there is not enough data to tell.' },
  },
});

export const AlarmOrigin = { CROSSTRAIL: 'CROSSTRAIL', CLOUDWATCH: 'CLOUDWATCH' } as const;
export type AlarmOrigin = keyof typeof AlarmOrigin;

registerEnumType(AlarmOrigin, {
  name: 'AlarmOrigin',
  description: 'Who decides the state of an alarm.',
  valuesConfig: {
    CROSSTRAIL: { description: 'This installation.' },
    CLOUDWATCH: { description: 'CloudWatch, in the account that it is of.' },
  },
});

export const AlarmEvaluationState = {
  PARTIAL_DATA: 'PARTIAL_DATA',
  EVALUATION_ERROR: 'EVALUATION_ERROR',
  EVALUATION_FAILURE: 'EVALUATION_FAILURE',
} as const;
export type AlarmEvaluationState = keyof typeof AlarmEvaluationState;

registerEnumType(AlarmEvaluationState, {
  name: 'AlarmEvaluationState',
  description: 'What is wrong with the evaluation of an alarm, in the terms of CloudWatch.',
  valuesConfig: {
    PARTIAL_DATA: { description: 'Not all data could be read: it is evaluated with what there is.' },
    EVALUATION_ERROR: { description: 'It cannot be evaluated as it is configured.' },
    EVALUATION_FAILURE: { description: 'Its evaluation failed, and is tried again.' },
  },
});

type Treatment = MetricAlarmDefinition['treatMissingData'];
export const TreatMissingData: Values<Treatment> = {
  missing: 'missing',
  notBreaching: 'notBreaching',
  breaching: 'breaching',
  ignore: 'ignore',
};
export type TreatMissingData = Treatment;

registerEnumType(TreatMissingData, {
  name: 'TreatMissingData',
  description: 'What a period without data points stands for.',
  valuesConfig: {
    missing: { description: 'Nothing: without any data the state is INSUFFICIENT_DATA.' },
    notBreaching: { description: 'A data point that does not breach.' },
    breaching: { description: 'A data point that breaches.' },
    ignore: { description: 'Nothing: without any data the state stays as it is.' },
  },
});

export type LowSamples = NonNullable<MetricAlarmDefinition['evaluateLowSampleCountPercentile']>;
export const LowSamples: Values<LowSamples> = { evaluate: 'evaluate', ignore: 'ignore' };

registerEnumType(LowSamples, {
  name: 'EvaluateLowSampleCountPercentile',
  description: 'What becomes of a percentile of too few samples to be significant.',
  valuesConfig: {
    evaluate: { description: 'It is evaluated as any other.' },
    ignore: { description: 'The state stays as it is.' },
  },
});

export const AlarmType = { MetricAlarm: 'MetricAlarm', CompositeAlarm: 'CompositeAlarm' } as const;
export type AlarmType = keyof typeof AlarmType;

registerEnumType(AlarmType, {
  name: 'AlarmType',
  description: 'The kinds of alarms.',
  valuesConfig: {
    MetricAlarm: { description: 'On a metric, or on metric math.' },
    CompositeAlarm: { description: 'On the states of other alarms.' },
  },
});

export const HistoryItemType = {
  ConfigurationUpdate: 'ConfigurationUpdate',
  StateUpdate: 'StateUpdate',
  Action: 'Action',
} as const;
export type HistoryItemType = keyof typeof HistoryItemType;

registerEnumType(HistoryItemType, {
  name: 'HistoryItemType',
  description: 'What happened to an alarm.',
  valuesConfig: {
    ConfigurationUpdate: { description: 'It was made, changed or deleted.' },
    StateUpdate: { description: 'Its state changed.' },
    Action: { description: 'A target was told, or was not for a reason.' },
  },
});
