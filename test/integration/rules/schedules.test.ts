import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TargetService } from '../../../src/deliveries/target.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { minuteMs } from '../../../src/lib/time.js';
import { MetricRegistry } from '../../../src/metrics/metric-registry.service.js';
import { RuleService } from '../../../src/rules/rule.service.js';
import { ScheduleRuns } from '../../../src/rules/schedule-run.service.js';
import { admin } from '../../support/collection.js';
import { plantTarget } from '../../support/dispatching.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const start = Date.parse('2026-11-20T12:00:30Z');
const at = (minutes: number) => new Date(start + minutes * minuteMs);

let test: TestDatabase;
let time: Date;
let rules: RuleService;
let runs: ScheduleRuns;
beforeEach(async () => {
  test = await createTestDatabase();
  const { database } = test;
  time = at(0);
  const now = () => time;
  const targetId = await plantTarget(database, { name: 'hook' });
  rules = new RuleService({
    database,
    now,
    cursors: createCursorCodec(Buffer.alloc(32, 1)),
    audit: { record: async () => undefined },
    targets: {
      findForRules: async () => new Map([['hook', { id: targetId, accountIds: null }]]),
    } as unknown as TargetService,
  });
  runs = new ScheduleRuns({ database, registry: new MetricRegistry(now), now, region: 'eu-central-1', log: silentLog });
});
afterEach(() => test.drop());

const put = (more: object = {}) => rules.put(admin, { name: 'beat', scheduleExpression: 'rate(10 minutes)', ...more });
const enable = (state: 'ENABLED' | 'DISABLED') => rules.setState(admin, 'beat', state);

async function putWithTarget(more: object = {}): Promise<void> {
  await put(more);
  await rules.putTargets(admin, { rule: 'beat', targets: [{ id: 'a', target: 'hook' }] });
}

/** Runs what is due that many minutes after the start. @returns the times of all that ran so far, in minutes */
async function runAt(minutes: number): Promise<number[]> {
  time = at(minutes);
  await runs.runDue(new AbortController().signal);
  const rows = await test.database.query<{ time: Date }>('SELECT event_time AS time FROM delivery ORDER BY event_time');
  return rows.map((row) => (row.time.getTime() - start) / minuteMs);
}

it('runs each of its times once, however often it is looked at', async () => {
  await putWithTarget();
  expect(await runAt(9)).toEqual([]);
  expect(await runAt(10)).toEqual([10]);
  expect(await runAt(10.5)).toEqual([10]);
  await Promise.all([runAt(20), runAt(20)]);
  expect(await runAt(20)).toEqual([10, 20]);
});

describe('a rate keeps its beat', () => {
  it.each([
    ['when only the description changes', () => put({ description: 'new' })],
    ['when nothing changes', () => put()],
    ['when it is disabled and enabled', () => enable('DISABLED').then(() => enable('ENABLED'))],
    ['when it is put disabled, and enabled', () => put({ state: 'DISABLED' }).then(() => enable('ENABLED'))],
  ])('%s', async (_, change) => {
    await putWithTarget();
    time = at(4);
    await change();
    expect(await runAt(9.9)).toEqual([]);
    expect(await runAt(10)).toEqual([10]);
  });

  it('but counts anew when it is another', async () => {
    await putWithTarget();
    time = at(4);
    await put({ scheduleExpression: 'rate(20 minutes)' });
    expect(await runAt(23)).toEqual([]);
    expect(await runAt(24)).toEqual([24]);
  });
});

describe('a time that is due but has not been run', () => {
  it.each([
    ['its description changes', () => put({ description: 'new' })],
    ['it is enabled, as it is already', () => enable('ENABLED')],
  ])('is still run after %s', async (_, change) => {
    await putWithTarget();
    time = at(11);
    await change();
    expect(await runAt(11.5)).toEqual([10]);
  });
});

describe('what was disabled', () => {
  it.each([
    ['by disableRule and enableRule', () => enable('DISABLED'), () => enable('ENABLED')],
    ['by putRule', () => put({ state: 'DISABLED', missedTimes: 'ALL' }), () => put({ missedTimes: 'ALL' })],
  ])('%s does not run for the time between', async (_, disable, enableAgain) => {
    await putWithTarget({ missedTimes: 'ALL' });
    time = at(5);
    await disable();
    expect((await rules.find(admin.accounts, 'beat'))?.nextTime).toBeNull();
    expect(await runAt(35)).toEqual([]);
    await enableAgain();
    expect((await rules.find(admin.accounts, 'beat'))?.nextTime).toEqual(at(40));
    expect(await runAt(36)).toEqual([]);
    expect(await runAt(40)).toEqual([40]);
  });
});

it.each([
  ['SKIP', []],
  ['LATEST', [30]],
  ['ALL', [10, 20, 30]],
])('makes of the times that no worker ran at, by %s, %j', async (missedTimes, expected) => {
  await putWithTarget({ missedTimes });
  expect(await runAt(35)).toEqual(expected);
  expect(await runAt(40)).toEqual([...expected, 40]);
});

it('stays a schedule no longer when it becomes a pattern', async () => {
  await putWithTarget();
  const rule = await rules.put(admin, { name: 'beat', eventPattern: { source: ['shop'] } });
  expect(rule).toMatchObject({ scheduleExpression: null, nextTime: null, targets: [{ id: 'a', target: 'hook' }] });
  expect(await runAt(60)).toEqual([]);
});

it('tells its target of the time in an event as EventBridge has it', async () => {
  await putWithTarget({ accountIds: ['111111111111'] });
  await runAt(10);
  const [row] = await test.database.query<{ body: string; event_id: string }>('SELECT body, event_id FROM delivery');
  // Truth: "Scheduled events", Amazon EventBridge User Guide.
  expect(JSON.parse(row?.body ?? '')).toEqual({
    version: '0',
    id: row?.event_id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '111111111111',
    time: '2026-11-20T12:10:30Z',
    region: 'eu-central-1',
    resources: ['arn:aws:events:::rule/beat'],
    detail: {},
  });
});
