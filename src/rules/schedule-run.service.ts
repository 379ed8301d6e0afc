import { randomUUID } from 'node:crypto';
import type { OutboxMessage } from '../deliveries/outbox.port.js';
import { Outbox } from '../deliveries/outbox.service.js';
import { ownAccount } from '../deliveries/own-account.port.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import { compileTargetInput } from '../patterns/input-transformer/compile-target-input.js';
import { parseSchedule } from '../patterns/schedule/schedule.js';
import type { Database, Sql } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import { dueTimes } from './due-times.js';
import { ruleArn } from './rule-arn.js';
import { rulePoints } from './rule-figures.service.js';
import { bodyOf } from './rule-matching.service.js';
import { type DueSchedule, takeDueSchedules, writeNextTime } from './schedule.store.js';

export interface ScheduleRunDeps {
  readonly database: Database;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
  readonly log: Logger;
  /** What scheduled events say as their region. */
  readonly region: string;
}

/** Schedules taken in one transaction. */
const schedulesAtOnce = 100;

/**
 * Runs the schedules that are due. The next time of each is a column of its row: whoever holds the row writes what is to be
 * delivered and the time after, in one transaction. So each time is run once, however many workers there are and whenever
 * they end.
 */
export class ScheduleRuns {
  /** Rules that this process cannot read, as they were when it tried. */
  readonly #unread = new Map<string, string>();

  constructor(private readonly deps: ScheduleRunDeps) {}

  /** @returns how many deliveries it caused */
  async runDue(signal: AbortSignal): Promise<number> {
    let deliveries = 0;
    while (!signal.aborted) {
      const run = await this.deps.database.transaction((sql) => this.#runSome(sql));
      deliveries += run.deliveries;
      if (run.schedules < schedulesAtOnce) break;
    }
    return deliveries;
  }

  async #runSome(sql: Sql): Promise<{ schedules: number; deliveries: number }> {
    const now = this.deps.now();
    const due = await takeDueSchedules(sql, now, this.#unread, schedulesAtOnce);
    const outbox = new Outbox(sql);
    const points = new PointWriter(sql, this.deps.registry, now);
    for (const rule of due) {
      const run = this.#runOf(rule, now);
      if (run === null) continue;
      await outbox.add(run.messages);
      await writeNextTime(sql, rule.id, run.nextTime);
      await points.add(rulePoints(rule, { triggeredRules: run.times }, now.getTime()));
    }
    await points.finish();
    await outbox.seal();
    failpoint('schedules.before-commit');
    return { schedules: due.length, deliveries: outbox.count };
  }

  /** What another version of the program has stored, and this one cannot read, is left to that version. */
  #runOf(rule: DueSchedule, now: Date): { messages: OutboxMessage[]; nextTime: Date | null; times: number } | null {
    try {
      const schedule = parseSchedule(rule.scheduleExpression);
      const times = dueTimes(schedule, rule.anchor, rule.nextTime, now, rule.missedTimes);
      const messages = times.flatMap((time) => this.#messagesOf(rule, time));
      return { messages, nextTime: schedule.next(now, rule.anchor), times: times.length };
    } catch (error) {
      this.#unread.set(rule.id, rule.version);
      const fields = { ...failureFields(error), rule: rule.name };
      this.deps.log.error(fields, 'a schedule cannot be read and does not run here: put it again');
      return null;
    }
  }

  /** Source: "Scheduled events", Amazon EventBridge User Guide. */
  #messagesOf(rule: DueSchedule, time: Date): OutboxMessage[] {
    const [accountId, ...others] = rule.accountIds ?? [];
    const arn = ruleArn(rule);
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: accountId !== undefined && others.length === 0 ? accountId : ownAccount,
      time: `${time.toISOString().slice(0, 19)}Z`,
      region: this.deps.region,
      resources: [arn],
      detail: {},
    };
    const whole = { text: JSON.stringify(event), value: event };
    const variables = { ruleArn: arn, ruleName: rule.name, ingestionTime: this.deps.now().toISOString() };
    return rule.targets.map(({ id, targetId, ...input }) => ({
      targetId,
      origin: 'SCHEDULE' as const,
      rule: { id: rule.id, name: rule.name, targetId: id },
      alarmName: null,
      reachId: rule.reachId,
      event: { accountId: null, id: event.id, time: time.getTime() },
      subject: `aws.events Scheduled Event`,
      ...bodyOf(compileTargetInput(input), whole, variables),
    }));
  }
}
