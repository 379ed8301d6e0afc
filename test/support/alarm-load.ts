import { setTimeout as delay } from 'node:timers/promises';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { Random } from '../../src/lib/random.js';
import { minuteMs } from '../../src/lib/time.js';
import type { AlarmFleet } from './alarm-fleet.js';
import { logFileOf } from './buckets.js';
import { logKey } from './collection.js';
import { testId } from './events.js';

/** Whose alarms a narrow token may see. */
export const narrowAccount = '111111111111';
/** Of the target of every fifth live alarm, for each of its states. */
export const hook = 'hook';

const liveAlarms = 160;
const logAlarms = 12;
const compositeAlarms = 8;
const periodMs = 10_000;
/** How far back events of log files lie, in minutes. */
const past = { least: 3, most: 58 };

const nameOf = (kind: string, index: number) => `${kind}-${String(index).padStart(3, '0')}`;
const liveName = (index: number) => nameOf('live', index);
const isNarrow = (index: number) => index % 4 === 0;
const allStates = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

const mutation = (name: string, type: string, fields: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} } }`;
const documents = {
  target: mutation('putTarget', 'PutTargetInput', 'target { name }'),
  filter: mutation('putMetricFilter', 'PutMetricFilterInput', 'metricFilter { name }'),
  alarm: mutation('putMetricAlarm', 'MetricAlarmInput', 'alarm { name }'),
  composite: mutation('putCompositeAlarm', 'PutCompositeAlarmInput', 'alarm { name }'),
  source: mutation('createSource', 'SourceInput', 'source { id }'),
  token: mutation('createToken', 'CreateTokenInput', 'secret'),
  data: mutation('putMetricData', 'PutMetricDataInput', 'accepted'),
  state: mutation('setAlarmState', 'SetAlarmStateInput', 'alarm { name }'),
};

/** What makes alarms change: data points, states set by hand, and log files with events of the past hour. */
export class AlarmLoad {
  readonly #random = new Random('changes of alarms');
  /** When each live alarm was last made to breach. */
  readonly #breached = new Map<number, number>();
  #files = 0;

  constructor(private readonly fleet: AlarmFleet) {}

  /** Puts the alarms, while nobody judges them. */
  async prepare(receiverUrl: string): Promise<void> {
    const { fleet } = this;
    await fleet.ask(documents.target, {
      input: { name: hook, type: 'WEBHOOK', url: `${receiverUrl}/`, timeoutSeconds: 2, maxConcurrency: 16 },
    });
    await fleet.ask(documents.source, { input: { type: 'DIRECTORY', path: fleet.logs, discoverAccounts: true } });
    for (let index = 0; index < logAlarms; index++) await this.#putLogAlarm(nameOf('log', index));
    for (let index = 0; index < liveAlarms; index++) await this.#putLiveAlarm(index);
    for (let index = 0; index < compositeAlarms; index++) await this.#putComposite(index);
    // As if they had been made an hour ago: what log files tell of is a part of their own time.
    await fleet.server.database.query(
      `UPDATE alarm SET judged_from = judged_from - interval '1 hour', judged_through = judged_from - interval '1 hour'
       WHERE name NOT LIKE 'live-%'`,
    );
  }

  /** A token that may follow the alarms of one account. */
  async narrowToken(): Promise<string> {
    const input = { name: 'narrow', scopes: ['ALARMS_READ'], accountIds: [narrowAccount] };
    const { createToken } = await this.fleet.ask<{ createToken: { secret: string } }>(documents.token, { input });
    return createToken.secret;
  }

  /** Until the signal aborts, through every failure. */
  async run(signal: AbortSignal): Promise<void> {
    const over = async (work: () => Promise<void>, everyMs: number) => {
      while (!signal.aborted) {
        await work();
        await delay(everyMs);
      }
    };
    await Promise.all([
      over(() => this.#putPoints(), 250),
      over(() => this.#setState(), 50),
      over(() => this.#dropFile(), 300),
    ]);
  }

  async #putLogAlarm(name: string): Promise<void> {
    const metric = { metricNamespace: 'Logs', metricName: name, metricValue: '1' };
    await this.fleet.ask(documents.filter, {
      input: { name, filterPattern: `{ $.eventName = "${name}" }`, metricTransformations: [metric] },
    });
    await this.#putAlarm({ alarmName: name, namespace: 'Logs', metricName: name, statistic: 'Sum', period: 60 });
  }

  async #putLiveAlarm(index: number): Promise<void> {
    const name = liveName(index);
    const told = index % 5 === 0 ? [hook] : [];
    await this.#putAlarm({
      ...{ alarmName: name, namespace: 'Live', metricName: name, statistic: 'Maximum', period: periodMs / 1000 },
      ...{ alarmActions: told, okActions: told, insufficientDataActions: told },
      tags: { team: index % 2 === 0 ? 'red' : 'blue' },
      ...(isNarrow(index) ? { accountIds: [narrowAccount] } : {}),
    });
  }

  async #putAlarm(input: object): Promise<void> {
    const breach = { threshold: 1, comparisonOperator: 'GreaterThanOrEqualToThreshold', evaluationPeriods: 1 };
    await this.fleet.ask(documents.alarm, {
      input: { ...breach, treatMissingData: 'notBreaching', evaluationDelay: 0, ...input },
    });
  }

  async #putComposite(index: number): Promise<void> {
    const children = [liveName(index * 7), liveName(index * 7 + 1), nameOf('log', index)];
    const alarmRule = children.map((name) => `ALARM("${name}")`).join(' OR ');
    await this.fleet.ask(documents.composite, { input: { alarmName: nameOf('any', index), alarmRule } });
  }

  /** Of some of those that have had the time to come to rest since. */
  async #putPoints(): Promise<void> {
    const now = Date.now();
    const rested = Array.from({ length: liveAlarms }, (_, index) => index).filter(
      (index) => now - (this.#breached.get(index) ?? 0) > 2.5 * periodMs && this.#random.below(4) === 0,
    );
    for (const index of rested) this.#breached.set(index, now);
    for (const accountId of [narrowAccount, undefined]) {
      const metricData = rested
        .filter((index) => isNarrow(index) === (accountId !== undefined))
        .map((index) => ({ metricName: liveName(index), value: 1, storageResolution: 1 }));
      if (metricData.length > 0)
        await this.fleet.ask(documents.data, { input: { namespace: 'Live', accountId, metricData } });
    }
  }

  async #setState(): Promise<void> {
    const alarmName =
      this.#random.below(8) === 0
        ? nameOf('log', this.#random.below(logAlarms))
        : liveName(this.#random.below(liveAlarms));
    const stateValue = allStates[this.#random.below(allStates.length)];
    await this.fleet.ask(documents.state, { input: { alarmName, stateValue, stateReason: 'a test' } });
  }

  /** One or two events of one minute each, in no order. */
  async #dropFile(): Promise<void> {
    const now = Date.now();
    const records = Array.from({ length: 1 + this.#random.below(2) }, () => {
      const minutesAgo = past.least + this.#random.below(past.most - past.least);
      this.#files += 1;
      return JSON.stringify({
        eventID: testId(this.#files),
        eventTime: new Date(now - minutesAgo * minuteMs).toISOString(),
        eventSource: 's3.amazonaws.com',
        eventName: nameOf('log', this.#random.below(logAlarms)),
        awsRegion: 'eu-west-1',
      });
    });
    const key = logKey(narrowAccount, new Date(now), String(this.#files));
    await writeBucket(this.fleet.logs, [logFileOf(key, records)]);
  }
}
