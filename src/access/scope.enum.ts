import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

/** What a token may do. A `_WRITE` scope does not include its `_READ`. */
export const Scope = {
  EVENTS_READ: 'EVENTS_READ',
  EVENTS_WRITE: 'EVENTS_WRITE',
  METRICS_READ: 'METRICS_READ',
  METRICS_WRITE: 'METRICS_WRITE',
  ALARMS_READ: 'ALARMS_READ',
  ALARMS_WRITE: 'ALARMS_WRITE',
  RULES_READ: 'RULES_READ',
  RULES_WRITE: 'RULES_WRITE',
  STREAMS_READ: 'STREAMS_READ',
  STREAMS_WRITE: 'STREAMS_WRITE',
  ACCOUNTS_READ: 'ACCOUNTS_READ',
  ACCOUNTS_WRITE: 'ACCOUNTS_WRITE',
  ACCESS_ADMIN: 'ACCESS_ADMIN',
} as const;

export type Scope = keyof typeof Scope;

export const everyScope = Object.keys(Scope) as readonly Scope[];

registerEnumType(Scope, {
  name: 'Scope',
  description: 'What a token may do, within the accounts it is granted. A `_WRITE` scope does not include its `_READ`.',
  valuesConfig: {
    EVENTS_READ: { description: 'Read events, their records and their counts.' },
    EVENTS_WRITE: { description: 'Put custom events.' },
    METRICS_READ: { description: 'Read metrics and metric filters.' },
    METRICS_WRITE: { description: 'Put metric data and metric filters.' },
    ALARMS_READ: { description: 'Read alarms and their history.' },
    ALARMS_WRITE: { description: 'Put, set and delete alarms.' },
    RULES_READ: { description: 'Read rules, targets and deliveries.' },
    RULES_WRITE: {
      description:
        'Put and delete rules and targets, redrive deliveries. Rules send out events: who has it can come to see them.',
    },
    STREAMS_READ: { description: 'Read streams.' },
    STREAMS_WRITE: { description: 'Put and delete streams.' },
    ACCOUNTS_READ: { description: 'Read accounts, sources, log files and completeness.' },
    ACCOUNTS_WRITE: { description: 'Connect, change and remove accounts and sources; retry log files.' },
    ACCESS_ADMIN: { description: 'Make, list, change and revoke tokens; read the audit log.' },
  },
});
