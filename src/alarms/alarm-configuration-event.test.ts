import { expect, it } from 'vitest';
import { metricAlarm } from '../../test/support/alarm-announcements.js';
import type { AlarmRow } from './alarm.store.js';
import type { AlarmConfigurationChange } from './alarm-configuration-change.port.js';
import { configurationEvent } from './alarm-configuration-event.js';

const id = '0e5a7a3c-0000-4000-8000-000000000003';
const [made, put, gone] = ['2026-10-01T08:00:00Z', '2026-10-02T08:00:00Z', '2026-10-03T08:00:00Z'];
const [A, B] = ['111111111111', '222222222222'];

function row(threshold: number, updatedAt: string, accountIds: readonly string[]): AlarmRow {
  return {
    definitionId: '1',
    id: '1',
    name: 'logins',
    type: 'METRIC',
    origin: 'CROSSTRAIL',
    accountId: A,
    region: 'eu-west-1',
    accountIds,
    pack: null,
    createdAt: new Date(made),
    updatedAt: new Date(updatedAt),
    state: 'OK',
    stateReason: 'all is well',
    stateReasonData: null,
    stateUpdatedAt: new Date(made),
    stateTransitionedAt: new Date(made),
    evaluationState: null,
    judgedThrough: new Date(made),
    definition: metricAlarm({ threshold, accountIds }),
  };
}

const before = row(1, made, [A, B]);
const after = row(2, put, [A]);
const was = { threshold: 1, timestamp: '2026-10-01T08:00:00.000+0000' };
const is = { threshold: 2, timestamp: '2026-10-02T08:00:00.000+0000' };

// Which alarm is told of, and when it happened: "Alarm events and EventBridge", CloudWatch User Guide. For whom: ours.
const cases: [AlarmConfigurationChange, string, readonly string[], object, object | undefined][] = [
  [{ operation: 'create', before: null, after: before }, made, [A, B], was, undefined],
  [{ operation: 'update', before, after }, put, [A, B], is, was],
  [{ operation: 'delete', before: after, after: null }, gone, [A], is, undefined],
];
it.each(cases)('$operation is told at %s to those who see %j', (change, time, accountIds, configuration, previous) => {
  const event = configurationEvent(change, id, new Date(gone));
  expect(event).toMatchObject({ accountIds, time: Date.parse(time) });
  expect(event.envelope).toMatchObject({ id, time, resources: [`arn:aws:cloudwatch:eu-west-1:${A}:alarm:logins`] });
  const detail = event.envelope.detail as { readonly previousConfiguration?: object };
  expect(detail).toMatchObject({
    operation: change.operation,
    state: { value: 'OK', timestamp: '2026-10-01T08:00:00.000+0000' },
    configuration,
  });
  if (previous === undefined) expect(detail.previousConfiguration).toBeUndefined();
  else expect(detail.previousConfiguration).toMatchObject(previous);
});
