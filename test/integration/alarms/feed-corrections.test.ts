import { afterEach, beforeEach, expect, it } from 'vitest';
import { scopeOfGrant } from '../../../src/access/scope.js';
import type { AlarmFilter } from '../../../src/alarms/alarm.inputs.js';
import { insertChanges, type NewChange } from '../../../src/alarms/alarm-change.store.js';
import type { MetricAlarmDefinition } from '../../../src/alarms/alarm-definition.js';
import { AlarmFeedService } from '../../../src/alarms/alarm-feed.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import type { AlarmState } from '../../../src/patterns/alarm-rule/alarm-state.js';
import type { Database } from '../../../src/platform/database/database.js';
import { metricAlarm } from '../../support/alarm-announcements.js';
import { A, B } from '../../support/collection.js';
import { type PlantedAlarm, plantAlarm } from '../../support/planted-alarms.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';
import { idsOf, toldChange } from '../../support/told-changes.js';

/* Who hears of what corrects a change. Truth: the schema's description of alarmStateChanged. */

const everyone = scopeOfGrant(null);
const cursors = createCursorCodec(Buffer.alloc(32, 1));

let test: TestDatabase;
let database: Database;
let feed: AlarmFeedService;
let alarm: PlantedAlarm;

beforeEach(async () => {
  test = await createTestDatabase();
  ({ database } = test);
  feed = new AlarmFeedService({ database, cursors });
  alarm = await plantAlarm(database, metricAlarm({ alarmName: 'logins', accountIds: [A] }));
});
afterEach(() => test.drop());

const change = (more: Partial<NewChange> = {}) => toldChange(alarm, more);
const store = (...changes: NewChange[]) => database.transaction((sql) => insertChanges(sql, changes));

/** A change and what corrects it, each the one before: the states before and after; and how many of the last are heard. */
const corrected: readonly (readonly [string, AlarmState, string, number])[] = [
  ['a change that fits', 'ALARM', 'OK ALARM', 1],
  ['one that does not', 'OK', 'OK ALARM', 0],
  ['one that fits, and is withdrawn', 'ALARM', 'OK ALARM, OK OK', 2],
  ['one that fits, and led to another state', 'ALARM', 'OK ALARM, OK INSUFFICIENT_DATA', 2],
  ['one that does not, and is withdrawn', 'INSUFFICIENT_DATA', 'OK ALARM, OK OK', 0],
  ['one that does not, and turns out to', 'ALARM', 'OK INSUFFICIENT_DATA, OK ALARM', 1],
  ['one that fits, is withdrawn, and happened after all', 'ALARM', 'OK ALARM, OK OK, OK ALARM', 3],
  ['one that fits, is withdrawn, and led to another', 'ALARM', 'OK ALARM, OK OK, OK INSUFFICIENT_DATA', 3],
  [
    'one that fits, and is corrected again and again',
    'ALARM',
    `OK ALARM${', OK INSUFFICIENT_DATA, OK OK'.repeat(5)}`,
    11,
  ],
  ['one that does not, and fits only in the end', 'ALARM', 'OK INSUFFICIENT_DATA, OK OK, OK ALARM', 1],
];
it.each(corrected)('%s', async (_what, state, changed, heard) => {
  const told: NewChange[] = [];
  for (const [index, states] of changed.split(', ').entries()) {
    const [previousState, to] = states.split(' ') as [AlarmState, AlarmState];
    const one = change({ previousState, state: to, revision: index + 1, supersedes: told.at(-1)?.id ?? null });
    told.push(one);
    await store(one);
  }
  const { changes } = await feed.read(everyone, { filter: { states: [state] }, first: 100 });
  expect(idsOf(changes)).toEqual(idsOf(told).slice(told.length - heard));
});

/** The alarm, put anew. */
async function putAnew(more: Partial<MetricAlarmDefinition>): Promise<Partial<NewChange>> {
  const definition = { ...alarm.definition, ...more } as MetricAlarmDefinition;
  const [row] = await database.query<{ id: string }>(
    'INSERT INTO alarm_definition (alarm_id, definition, created_at) VALUES ($1, $2, now()) RETURNING id',
    [alarm.id, JSON.stringify(definition)],
  );
  return { definition, definitionId: row?.id ?? '', accountIds: definition.accountIds };
}

// The token sees both accounts; the alarm was put anew between the change and what corrects it.
it.each<[string, Partial<MetricAlarmDefinition>, AlarmFilter, Partial<MetricAlarmDefinition>]>([
  [
    'tags',
    { tags: { team: 'a' } },
    { states: ['ALARM'], tags: [{ key: 'team', value: 'a' }] },
    { tags: { team: 'b' } },
  ],
  ['accounts', { accountIds: [A] }, { states: ['ALARM'], accountIds: [A] }, { accountIds: [B] }],
])('hears of the correction of what fitted, whatever its %s are by then', async (_what, before, filter, after) => {
  const told = change(await putAnew(before));
  const withdrawn = change({ ...(await putAnew(after)), state: 'OK', revision: 2, supersedes: told.id });
  const again = change({ ...(await putAnew(after)), revision: 3, supersedes: withdrawn.id });
  const other = change({ ...(await putAnew(after)) });
  await store(told, other);
  await store(withdrawn);
  await store(again);
  const { changes } = await feed.read(everyone, { filter, first: 100 });
  expect(idsOf(changes)).toEqual(idsOf([told, withdrawn, again]));
});

it('a token hears of no correction of what was beyond its accounts, but by what it is itself', async () => {
  const told = change(await putAnew({ accountIds: [A, B] }));
  const withdrawn = change({
    ...(await putAnew({ accountIds: [A] })),
    state: 'OK',
    revision: 2,
    supersedes: told.id,
  });
  const again = change({ ...(await putAnew({ accountIds: [A] })), revision: 3, supersedes: withdrawn.id });
  await store(told);
  await store(withdrawn);
  await store(again);
  const { changes } = await feed.read(scopeOfGrant([A]), { filter: { states: ['ALARM'] }, first: 100 });
  expect(idsOf(changes)).toEqual([again.id]);
});
