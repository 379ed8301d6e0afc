import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule.js';
import { ScheduleError } from './schedule-error.js';

const never = '(never)';
const epoch = new Date(0);

function at(time: string): Date {
  return new Date(`${time}Z`);
}

function nextOf(expression: string, after: string, anchor = epoch): string {
  const time = parseSchedule(expression).next(at(after), anchor);
  return time === null ? never : time.toISOString().slice(0, 16);
}

function errorOf(expression: string): ScheduleError {
  try {
    parseSchedule(expression);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
    throw error;
  }
  throw new Error(`${expression} was taken`);
}

describe('expressions that are taken', () => {
  // Origin: LocalStack's tests/aws/services/events/test_events_schedule.py, whose cases were run against AWS.
  it.each([
    'rate(1 minute)',
    'cron(0 2 ? * SAT *)',
    'cron(0 12 * * ? *)',
    'cron(5,35 14 * * ? *)',
    'cron(15 10 ? * 6L 2002-2005)',
    'cron(0 2 ? * SAT#3 *)',
    'cron(* * ? * SAT#3 *)',
    'cron(0/5 5 ? JAN 1-5 2022)',
    'cron(0 10 * * ? *)',
    'cron(15 12 * * ? *)',
    'cron(0 18 ? * MON-FRI *)',
    'cron(0 8 1 * ? *)',
    'cron(0/15 * * * ? *)',
    'cron(0/10 * ? * MON-FRI *)',
    'cron(0/5 8-17 ? * MON-FRI *)',
    'cron(0/30 20-23 ? * MON-FRI *)',
    'cron(0/30 0-2 ? * MON-FRI *)',
  ])('%s, as AWS takes it', (expression) => {
    expect(parseSchedule(expression).expression).toBe(expression);
  });

  // Origin: the tables of fields and wildcards in "Cron expressions reference" and "Rate expressions" of AWS's guide.
  it.each([
    'rate(1 hour)',
    'rate(1 day)',
    'rate(5 minutes)',
    'rate(24 hours)',
    'rate(7 days)',
    'rate(36500 days)',
    'cron(59 23 31 12 ? 2199)',
    'cron(0 0 1 1 ? 1970)',
    'cron(0 0 ? JAN,FEB,MAR 1,7 1970-2199)',
    'cron(1/10 * * * ? *)',
    'cron(0 0 1-15 JAN-DEC ? *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 3W * ? *)',
    'cron(0 0 ? * L *)',
    'cron(0 0 ? * 3#2 *)',
    'cron(0 0 ? * SUN-SAT *)',
    'cron(0 0 1/5 1/3 ? 2000/4)',
    'cron(0 0 29 2 ? 2100)',
    'cron(0 0 30 2 ? *)',
  ])('%s, as the guide allows it', (expression) => {
    expect(parseSchedule(expression).expression).toBe(expression);
  });

  // Origin: the tests of aws-cron-expression-validator (grumBit), and rules found in public Terraform.
  it.each([
    'cron(15/65 10 * * ? *)',
    'cron(0 11-23/2 * * ? *)',
    'cron(0 0 1 1-12/3 ? *)',
    'cron(0 1-7/2,11-23/2,10 * * ? *)',
    'cron(30 0 1 JAN-APR,JUL-OCT/2,DEC ? *)',
    'cron(15 10 ? * FRIL 2019-2022)',
    'cron(01 06 ? * MON-FRI *)',
    'cron(*/5 * * * ? *)',
    'cron(0 0 LW * ? *)',
    'cron(0 0 1,15W,L * ? *)',
  ])('%s, as others found AWS to take it', (expression) => {
    expect(parseSchedule(expression).expression).toBe(expression);
  });
});

describe('expressions that are refused', () => {
  // Origin: LocalStack's tests/aws/services/events/test_events_schedule.py, whose cases were run against AWS.
  it.each([
    ['rate(10 seconds)', 8, 'the unit is one of'],
    ['rate(10 years)', 8, 'the unit is one of'],
    ['rate(1 minutes)', 7, 'for 1 write "minute"'],
    ['rate(1 hours)', 7, 'for 1 write "hour"'],
    ['rate(1 days)', 7, 'for 1 write "day"'],
    ['rate(10 minute)', 8, 'for 10 write "minutes"'],
    ['rate(10 hour)', 8, 'for 10 write "hours"'],
    ['rate(10 day)', 8, 'for 10 write "days"'],
    ['rate()', 5, 'a whole number above 0'],
    ['rate(10)', 7, 'a unit are missing'],
    ['rate(10 minutess)', 8, 'the unit is one of'],
    ['rate(foo minutes)', 5, 'a whole number above 0'],
    ['rate(0 minutes)', 5, 'a whole number above 0'],
    ['rate(-10 minutes)', 5, 'a whole number above 0'],
    ['rate(10 MINUTES)', 8, 'the unit is one of'],
    ['rate( 10 minutes )', 5, 'without blanks before it'],
    [' rate(10 minutes)', 0, 'begins with'],
    ['cron(0 1 * * * *)', 13, 'must be "?"'],
    ['cron(7 20 * * NOT *)', 14, '"NOT" is no value of day-of-week'],
    ['cron(INVALID)', 12, 'six fields'],
    ['cron(0 dummy ? * MON-FRI *)', 7, '"dummy" is no value of hours'],
    ['cron(71 8 1 * ? *)', 5, '"71" is no value of minutes: 0-59'],
  ])('%s, as AWS refuses it, from character %i on', (expression, position, reason) => {
    expect(errorOf(expression)).toMatchObject({ position, reason: expect.stringContaining(reason) });
  });

  // Origin: the same tables of AWS's guide, each limit crossed by one; "3#1,6#3" and two "?" or "*" are its own examples.
  it.each([
    ['', 0, 'begins with'],
    ['CRON(0 12 * * ? *)', 0, 'begins with'],
    ['at(2030-01-01T00:00:00)', 0, 'begins with'],
    ['cron (0 12 * * ? *)', 0, 'begins with'],
    ['cron(0 12 * * ? *', 17, '")" is missing'],
    ['cron(0 12 * * ? *) ', 18, 'nothing may follow'],
    ['cron()', 5, 'six fields'],
    ['cron(0 18 ? * MON-FRI)', 21, 'six fields'],
    ['cron(0 12 * * ? * *)', 18, 'six fields only'],
    ['cron( 0 12 * * ? *)', 5, 'one blank'],
    ['cron(0  12 * * ? *)', 7, 'one blank'],
    ['cron(0 12 * * ? * )', 18, 'one blank'],
    ['cron(0\t12 * * ? *)', 17, 'six fields'],
    ['cron(60 12 * * ? *)', 5, 'minutes: 0-59'],
    ['cron(0 24 * * ? *)', 7, 'hours: 0-23'],
    ['cron(0 12 0 * ? *)', 10, 'day-of-month: 1-31'],
    ['cron(0 12 32 * ? *)', 10, 'day-of-month: 1-31'],
    ['cron(0 12 * 0 ? *)', 12, 'month: 1-12 or JAN-DEC'],
    ['cron(0 12 * 13 ? *)', 12, 'month: 1-12'],
    ['cron(0 12 ? * 0 *)', 14, 'day-of-week: 1-7 or SUN-SAT'],
    ['cron(0 12 ? * 8 *)', 14, 'day-of-week: 1-7'],
    ['cron(0 12 * * ? 1969)', 16, 'year: 1970-2199'],
    ['cron(0 12 * * ? 2200)', 16, 'year: 1970-2199'],
    ['cron(0 12 ? * ? *)', 14, 'only one of'],
    ['cron(0 12 1 * MON *)', 14, 'must be "?"'],
    ['cron(? 12 * * ? *)', 5, '"?" is no value of minutes'],
    ['cron(0 12 * * ?,MON *)', 14, '"?" is no value of day-of-week'],
    ['cron(0 12 ? * 3#1,6#3 *)', 14, 'the only one'],
    ['cron(0 12 ? * 2,6#3 *)', 16, 'the only one'],
    ['cron(0 12 ? * 2#6 *)', 16, '1-5'],
    ['cron(0 12 ? * 2#0 *)', 16, '1-5'],
    ['cron(0 12 ? * 2#1#2 *)', 16, '1-5'],
    ['cron(0 12 ? * #2 *)', 14, 'nothing is no value'],
    ['cron(0 12 3#2 * ? *)', 10, 'day-of-month'],
    ['cron(0 12 ? * 3W *)', 14, 'day-of-week'],
    ['cron(0 12 W * ? *)', 10, 'nothing is no value'],
    ['cron(0 12 32W * ? *)', 10, '"32" is no value'],
    ['cron(0 12 3L * ? *)', 10, '"3L" is no value'],
    ['cron(L 12 * * ? *)', 5, '"L" is no value'],
    ['cron(0 12 1-L * ? *)', 12, '"L" is no value'],
    ['cron(0 12 1-5W * ? *)', 10, '"1-5" is no value'],
    ['cron(1,,2 12 * * ? *)', 7, 'nothing is no value'],
    ['cron(1, 12 * * ? *)', 7, 'nothing is no value'],
    ['cron(1-2-3 12 * * ? *)', 8, 'one "-"'],
    ['cron(-5 12 * * ? *)', 5, 'nothing is no value'],
    ['cron(*-5 12 * * ? *)', 5, '"*" is no value'],
    ['cron(1/2/3 12 * * ? *)', 8, 'one "/"'],
    ['cron(/5 12 * * ? *)', 5, 'nothing is no value'],
    ['cron(1/ 12 * * ? *)', 7, 'a step of minutes'],
    ['cron(1/x 12 * * ? *)', 7, 'a step of minutes'],
    ['cron(0 12 ? * 2/2 *)', 15, 'takes no "/"'],
    ['cron(0.5 12 * * ? *)', 5, '"0.5" is no value'],
    ['cron(+5 12 * * ? *)', 5, '"+5" is no value'],
    ['cron(0 12 * * ? *) rate(1 day)', 18, 'nothing may follow'],
    ['rate(1.5 hours)', 5, 'a whole number'],
    ['rate(5\u00a0minutes)', 5, 'a whole number'],
    ['rate(5  minutes)', 7, 'the unit is one of'],
    ['rate(5 constructor)', 7, 'the unit is one of'],
  ])('%s, from character %i on', (expression, position, reason) => {
    expect(errorOf(expression)).toMatchObject({ position, reason: expect.stringContaining(reason) });
  });

  // Origin: ours. AWS's guide leaves these open, and a meaning that is guessed would run rules at wrong times.
  it.each([
    ['cron(0 12 ? * FRI-MON *)', 14, 'two ranges'],
    ['cron(50-10 12 * * ? *)', 5, 'two ranges'],
    ['cron(0/0 12 * * ? *)', 7, 'above 0'],
    ['cron(0 12 L-3 * ? *)', 10, '"L" is no value'],
    ['cron(0 12 ? * mon *)', 14, 'in capitals'],
    ['cron(0 12 ? * MONDAY *)', 14, '"MONDAY" is no value'],
    ['cron(000 12 * * ? *)', 5, '"000" is no value'],
    ['rate(05 minutes)', 5, 'a whole number'],
    ['rate(36501 days)', 5, '36500 days long at most'],
    [`rate(${'9'.repeat(200)} days)`, 5, '36500 days long at most'],
    [`cron(${'0,'.repeat(150)}0 12 * * ? *)`, 256, '256 characters'],
  ])('%s, which AWS leaves open, from character %i on', (expression, position, reason) => {
    expect(errorOf(expression)).toMatchObject({ position, reason: expect.stringContaining(reason) });
  });

  it('says where in the message, too', () => {
    expect(errorOf('cron(0 24 * * ? *)').message).toBe('"24" is no value of hours: 0-23 (at position 7)');
  });
});

describe('times of cron expressions', () => {
  // Origin: the examples and their meanings in "Cron expressions reference" of AWS's guide, next times worked out with a
  // calendar. 2026-11-21 is a Saturday.
  it.each([
    ['cron(0 10 * * ? *)', '2026-11-21T09:59', '2026-11-21T10:00'],
    ['cron(0 10 * * ? *)', '2026-11-21T10:00', '2026-11-22T10:00'],
    ['cron(15 12 * * ? *)', '2026-12-31T12:15', '2027-01-01T12:15'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-20T18:00', '2026-11-23T18:00'],
    ['cron(0 8 1 * ? *)', '2026-11-21T00:00', '2026-12-01T08:00'],
    ['cron(0/15 * * * ? *)', '2026-11-21T10:46', '2026-11-21T11:00'],
    ['cron(0/10 * ? * MON-FRI *)', '2026-11-20T23:50', '2026-11-23T00:00'],
    ['cron(0/5 8-17 ? * MON-FRI *)', '2026-11-20T17:54', '2026-11-20T17:55'],
    ['cron(0/5 8-17 ? * MON-FRI *)', '2026-11-20T17:55', '2026-11-23T08:00'],
    ['cron(0/30 20-23 ? * MON-FRI *)', '2026-11-19T23:30', '2026-11-20T20:00'],
    ['cron(0/30 0-2 ? * MON-FRI *)', '2026-11-20T02:30', '2026-11-23T00:00'],
    ['cron(1/10 * * * ? *)', '2026-11-21T10:51', '2026-11-21T11:01'],
    ['cron(5,35 14 * * ? *)', '2026-11-21T14:05', '2026-11-21T14:35'],
    ['cron(15 10 ? * 6L 2019-2022)', '2019-01-01T00:00', '2019-01-25T10:15'],
    ['cron(15 10 ? * 6L 2019-2022)', '2022-11-25T10:15', '2022-12-30T10:15'],
    ['cron(15 10 ? * 6L 2019-2022)', '2022-12-30T10:15', never],
    ['cron(0 0 3W * ? *)', '2026-12-31T00:00', '2027-01-04T00:00'],
    ['cron(0 0 ? * 3#2 *)', '2026-11-21T00:00', '2026-12-08T00:00'],
  ])('%s after %s comes at %s', (expression, after, expected) => {
    expect(nextOf(expression, after)).toBe(expected);
  });

  // Origin: worked out by hand from the calendar, for the ends of months, leap years and the wildcards L, W and #.
  it.each([
    ['cron(0 0 L * ? *)', '2027-02-01T00:00', '2027-02-28T00:00'],
    ['cron(0 0 L * ? *)', '2028-02-01T00:00', '2028-02-29T00:00'],
    ['cron(0 0 29 2 ? *)', '2026-11-21T00:00', '2028-02-29T00:00'],
    ['cron(0 0 29 2 ? *)', '2096-03-01T00:00', '2104-02-29T00:00'],
    ['cron(0 0 29 2 ? 2100)', '2026-11-21T00:00', never],
    ['cron(0 0 29 2 ? 2000)', '1999-01-01T00:00', '2000-02-29T00:00'],
    ['cron(0 0 30 2 ? *)', '1970-01-01T00:00', never],
    ['cron(0 0 31 4,6,9,11 ? *)', '1970-01-01T00:00', never],
    ['cron(0 0 31W 2 ? *)', '1970-01-01T00:00', never],
    ['cron(0 0 31 * ? *)', '2026-08-31T00:00', '2026-10-31T00:00'],
    // 1 August 2026 is a Saturday: the weekday before it lies in July.
    ['cron(0 0 1W 8 ? 2026)', '2026-07-01T00:00', '2026-08-03T00:00'],
    ['cron(0 0 1W 11 ? 2026)', '2026-10-01T00:00', '2026-11-02T00:00'],
    // 31 May and 31 January 2026 are a Sunday and a Saturday; 31 October 2027 is a Sunday.
    ['cron(0 0 31W 5 ? 2026)', '2026-01-01T00:00', '2026-05-29T00:00'],
    ['cron(0 0 31W 1 ? 2026)', '2026-01-01T00:00', '2026-01-30T00:00'],
    ['cron(0 0 31W * ? *)', '2026-08-31T00:00', '2026-10-30T00:00'],
    // 1 October 2022 and 1 March 2025 are Saturdays: the Friday before is near a day that the month does not have.
    ['cron(0 0 31W 9 ? 2022)', '2022-01-01T00:00', never],
    ['cron(0 0 29W 2 ? 2025)', '2025-01-01T00:00', never],
    ['cron(0 0 LW * ? *)', '2026-02-01T00:00', '2026-02-27T00:00'],
    ['cron(0 0 LW 5 ? 2026)', '2026-02-01T00:00', '2026-05-29T00:00'],
    ['cron(0 0 15W 11 ? 2026)', '2026-11-01T00:00', '2026-11-16T00:00'],
    ['cron(0 0 14W 11 ? 2026)', '2026-11-01T00:00', '2026-11-13T00:00'],
    ['cron(0 0 1,LW * ? *)', '2026-11-01T00:00', '2026-11-30T00:00'],
    ['cron(0 0 ? * 2#5 *)', '2026-11-01T00:00', '2026-11-30T00:00'],
    ['cron(0 0 ? 2 2#5 *)', '2026-11-01T00:00', '2044-02-29T00:00'],
    ['cron(0 0 ? 2 2#5 2045-2050)', '1970-01-01T00:00', never],
    ['cron(0 0 ? * L *)', '2026-11-21T00:00', '2026-11-28T00:00'],
    ['cron(0 0 ? * MONL *)', '2026-11-01T00:00', '2026-11-30T00:00'],
    ['cron(0 0 ? * 1L,7L *)', '2026-11-01T00:00', '2026-11-28T00:00'],
    ['cron(0 0 ? * SUN *)', '2026-11-21T23:59', '2026-11-22T00:00'],
    ['cron(0 0 ? * 7 *)', '2026-11-21T00:00', '2026-11-28T00:00'],
    ['cron(59 23 31 12 ? *)', '2026-12-31T23:58', '2026-12-31T23:59'],
    ['cron(59 23 31 12 ? 2199)', '2026-12-31T23:58', '2199-12-31T23:59'],
    ['cron(59 23 31 12 ? 2199)', '2199-12-31T23:59', never],
    ['cron(* * * * ? *)', '2300-01-01T00:00', never],
    ['cron(* * * * ? 1970)', '1960-01-01T00:00', '1970-01-01T00:00'],
    ['cron(15/65 10 * * ? *)', '2026-11-21T00:00', '2026-11-21T10:15'],
    ['cron(0 0 1/10 * ? *)', '2026-11-22T00:00', '2026-12-01T00:00'],
    ['cron(0 0 1 1 ? 2000/10)', '2026-11-21T00:00', '2030-01-01T00:00'],
    ['cron(0 0 1 JAN/5 ? *)', '2026-07-01T00:00', '2026-11-01T00:00'],
  ])('%s after %s comes at %s', (expression, after, expected) => {
    expect(nextOf(expression, after)).toBe(expected);
  });

  it('comes on full minutes, whatever the second', () => {
    const schedule = parseSchedule('cron(* * * * ? *)');
    expect(schedule.next(new Date('2026-11-21T10:00:59.999Z'), epoch)).toEqual(new Date('2026-11-21T10:01:00Z'));
    expect(schedule.next(new Date('2026-11-21T10:01:00Z'), epoch)).toEqual(new Date('2026-11-21T10:02:00Z'));
    expect(schedule.next(new Date('2026-11-21T10:01:00.001Z'), epoch)).toEqual(new Date('2026-11-21T10:02:00Z'));
  });

  it('lists as many times as are asked for, or as there are', () => {
    const schedule = parseSchedule('cron(0 0 1 1 ? 2027-2028)');
    expect(schedule.times(at('2026-01-01T00:00'), epoch, 5)).toEqual([at('2027-01-01T00:00'), at('2028-01-01T00:00')]);
    expect(schedule.times(at('2026-01-01T00:00'), epoch, 1)).toEqual([at('2027-01-01T00:00')]);
    expect(schedule.times(at('2026-01-01T00:00'), epoch, 0)).toEqual([]);
  });
});

describe('times of rates', () => {
  const made = new Date('2026-11-21T10:00:07.250Z');

  // Origin: "the n-th time is anchor + n * period", worked out by hand; AWS counts from when the rule was made.
  it.each([
    ['rate(5 minutes)', '2026-11-21T10:00:07.250', '2026-11-21T10:05:07.250'],
    ['rate(5 minutes)', '2026-11-21T10:05:07.249', '2026-11-21T10:05:07.250'],
    ['rate(5 minutes)', '2026-11-21T10:05:07.250', '2026-11-21T10:10:07.250'],
    ['rate(5 minutes)', '2026-11-21T09:00:00.000', '2026-11-21T10:05:07.250'],
    ['rate(1 minute)', '2026-11-21T23:59:59.999', '2026-11-22T00:00:07.250'],
    ['rate(1 hour)', '2027-03-28T01:30:00.000', '2027-03-28T02:00:07.250'],
    ['rate(7 days)', '2026-11-28T10:00:07.250', '2026-12-05T10:00:07.250'],
    ['rate(36500 days)', '2026-11-21T10:00:07.250', '2126-10-28T10:00:07.250'],
  ])('%s after %s comes at %s', (expression, after, expected) => {
    expect(parseSchedule(expression).next(at(after), made)).toEqual(at(expected));
  });

  it('ends where dates end', () => {
    expect(parseSchedule('rate(1 day)').next(new Date(8.64e15), made)).toBeNull();
  });
});
