import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlarmStates } from '../../../src/alarms/alarm-state.service.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { admin } from '../../support/collection.js';

/* What setAlarmState takes as the data of a reason. */

let world: AlarmWorld;
let states: AlarmStates;
beforeAll(async () => {
  world = await openAlarmWorld();
  const { database, now } = world;
  const nothing = async () => undefined;
  const deps = { database, now, audit: { record: nothing }, events: { publish: async () => 0 } };
  states = new AlarmStates({ ...deps, onChanges: nothing, onDeliveries: nothing } as never);
  await world.putAlarm('logins');
});
afterAll(() => world.stop());

const set = (stateReasonData: unknown) =>
  states.set(admin, { alarmName: 'logins', stateValue: 'ALARM', stateReason: 'by hand', stateReasonData });
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

// Truth: what PostgreSQL's type jsonb takes; the schema's description; own bounds.
describe('the data of a reason', () => {
  it.each<[string, unknown]>([
    ['text with an escaped U+0000', '{"a": "\\u0000"}'],
    ['text with half of a surrogate pair', '{"a": "\\ud800"}'],
    ['text with the other half', '{"a": ["x", "\\udc00 y"]}'],
    ['text with such a name', '{"a": {"\\u0000": 1}}'],
    ['an object with such a text', { a: [{ b: '\ud800' }] }],
    ['an object with such a name', { a: { '\0': 1 } }],
    ['text that is no JSON', '{'],
    ['a list', [1]],
    ['text of a list', '[1]'],
    ['text of null', 'null'],
    ['more than 4,000 characters', { a: 'x'.repeat(4000) }],
  ])('is refused, with its name: %s', async (_what, data) => {
    await expect(set(data)).rejects.toMatchObject({
      ...{ code: 'BAD_USER_INPUT', details: { argument: 'input.stateReasonData' } },
    });
  });

  it.each<[string, unknown, object]>([
    ['text of an object', '{"a": "\\ud83d\\ude00"}', { a: '\u{1f600}' }],
    ['backslashes before what looks like an escape', { a: '\\u0000' }, { a: '\\u0000' }],
    ['as many levels as there is room for', nested(600), JSON.parse(nested(600))],
    ['a number beyond all numbers', '{"a": 1e999}', { a: null }],
    ['a name of JavaScript', '{"__proto__": {"a": 1}}', JSON.parse('{"__proto__": {"a": 1}}')],
  ])('is taken: %s', async (_what, data, stored) => {
    await set(data);
    const [row] = await world.database.query<{ data: string }>(
      `SELECT state_reason_data::text AS data FROM alarm WHERE name = 'logins'`,
    );
    expect(JSON.parse(row?.data ?? '')).toEqual(stored);
  });
});
