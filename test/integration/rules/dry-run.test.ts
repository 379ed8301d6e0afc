import { afterAll, beforeAll, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { SearchBudget, searchLimits } from '../../../src/events/text-search.js';
import { minuteMs } from '../../../src/lib/time.js';
import { eventServices } from '../../support/event-services.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/* How far a trial of a rule comes: what it says that it has looked at, it has looked at, and no more. */

const all = everyAccount('tests look at everything');
const count = 3000;
/** The newest first, a minute apart; each tenth is what is looked for. */
const events = Array.from({ length: count }, (_, index) =>
  testEvent({
    eventTime: noon - index * minuteMs,
    eventName: index % 10 === 0 ? 'DeleteTrail' : 'ListBuckets',
    raw: `{"eventName":"${index % 10 === 0 ? 'DeleteTrail' : 'ListBuckets'}","place":${index}}`,
  }),
);

let test: TestDatabase;
let service: ReturnType<typeof eventServices>['service'];
beforeAll(async () => {
  test = await createTestDatabase();
  await storeEvents(test.database, events);
  service = eventServices(test).service;
});
afterAll(() => test.drop());

const unnarrowed = { detail: { eventName: [{ prefix: 'Delete' }] } };
const narrowed = { detail: { eventName: ['DeleteTrail'] } };
const last = (place: number) => new Date(noon - place * minuteMs);

// Truth: `place` counts the events from the newest. Of a name that is looked up, only those of the name are read.
it.each([
  ['more than there is', unnarrowed, count + 1, { matched: 300, isComplete: true, lookedBackTo: null }],
  ['half of it', unnarrowed, 1500, { matched: 150, isComplete: false, lookedBackTo: last(1499) }],
  ['a part of what is read at once', unnarrowed, 95, { matched: 10, isComplete: false, lookedBackTo: last(94) }],
  ['a single event', unnarrowed, 1, { matched: 1, isComplete: false, lookedBackTo: last(0) }],
  ['all of a name', narrowed, 301, { matched: 300, isComplete: true, lookedBackTo: null }],
  ['half of a name', narrowed, 150, { matched: 150, isComplete: false, lookedBackTo: last(1490) }],
])('where a request may read %s', async (_, pattern, records, expected) => {
  const budget = new SearchBudget();
  budget.spend(searchLimits.records - records);
  const { examples, ...found } = await service.match(all, { pattern }, 10, budget);
  expect(found).toEqual(expected);
  const newest = events.filter(({ eventName }) => eventName === 'DeleteTrail').slice(0, Math.min(10, expected.matched));
  expect(examples.map(({ eventID }) => eventID)).toEqual(newest.map(({ eventId }) => eventId));
});

it('goes on from where it came to, by the time that it has told', async () => {
  const budget = () => {
    const made = new SearchBudget();
    made.spend(searchLimits.records - 700);
    return made;
  };
  let matched = 0;
  for (let to: Date | null = null; ; ) {
    const filter = { pattern: unnarrowed, ...(to === null ? {} : { eventTime: { to } }) };
    const found = await service.match(all, filter, 0, budget());
    matched += found.matched;
    if (found.isComplete) break;
    to = found.lookedBackTo;
  }
  expect(matched).toBe(300);
});

it('ends when its time is over, with what it has', async () => {
  let time = 0;
  const budget = new SearchBudget(undefined, () => time);
  budget.begin();
  time = searchLimits.seconds * 1000 - 1;
  expect(await service.match(all, { pattern: unnarrowed }, 1, budget)).toMatchObject({ isComplete: true });
  time += 1;
  await expect(service.match(all, { pattern: unnarrowed }, 1, budget)).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
});

it('ends when nobody waits for it any more', async () => {
  const budget = new SearchBudget(AbortSignal.abort(new Error('gone')));
  await expect(service.match(all, { pattern: unnarrowed }, 1, budget)).rejects.toThrow();
});
