import type { Random } from '../../lib/random.js';
import { minuteMs } from '../../lib/time.js';
import { serviceHost } from './activity.js';
import type { Caller } from './cross-account.js';
import { accessDenied } from './failures.js';
import { type RecordParts, renderRecord } from './record.js';
import type { Client } from './sign-in.js';
import type { TimedRecord } from './timed-record.js';

/** A chapter of a story. */
export interface StoryStep {
  readonly title: string;
  readonly accountId: string;
  /** Of its first and last event, in milliseconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** Without repeats, in order. */
  readonly eventNames: readonly string[];
}

/** What is particular about a call; `denied` makes it fail for want of permission. */
export type CallParts = Partial<RecordParts> & { readonly denied?: boolean };

export interface StorySetting {
  readonly awsRegion: string;
  readonly start: number;
  /** Where calls come from that do not say otherwise. */
  readonly client: Client;
}

/** Writes records one after the other, chapter by chapter. */
export class StoryWriter {
  readonly steps: StoryStep[] = [];
  readonly records: TimedRecord[] = [];
  readonly #random: Random;
  readonly #setting: StorySetting;
  #time: number;

  constructor(random: Random, setting: StorySetting) {
    this.#random = random;
    this.#setting = setting;
    this.#time = setting.start;
  }

  /** Of the latest event. */
  get time(): number {
    return this.#time;
  }

  /** Lets `events` write records from so many minutes after the start, and notes them as a chapter. */
  step<T>(minute: number, title: string, accountId: string, events: () => T): T {
    this.#time = this.#setting.start + minute * minuteMs;
    const first = this.records.length;
    const result = events();
    const written = this.records.slice(first);
    const names = written.map(({ json }) => (JSON.parse(json) as { eventName: string }).eventName);
    this.steps.push({
      title,
      accountId,
      from: written[0]?.time ?? this.#time,
      to: written.at(-1)?.time ?? this.#time,
      eventNames: [...new Set(names)],
    });
    return result;
  }

  /** A call in the caller's own account, at most so many seconds after the last. */
  call(identity: Caller, service: string, eventName: string, parts: CallParts, seconds = 20): void {
    const { denied, ...rest } = parts;
    const { awsRegion, client } = this.#setting;
    const time = this.tick(seconds);
    const failure = denied ? accessDenied({ service, eventName }, identity.arn ?? '') : {};
    const json = renderRecord(this.#random, {
      accountId: identity.accountId,
      awsRegion,
      time,
      eventSource: `${service}.amazonaws.com`,
      eventName,
      readOnly: false,
      identity,
      ...client,
      host: serviceHost(service, awsRegion),
      ...failure,
      ...rest,
    });
    this.add({ accountId: identity.accountId, awsRegion, time, json });
  }

  add(...records: readonly TimedRecord[]): void {
    this.records.push(...records);
  }

  /** Moves on by 2 to `seconds` seconds, to a full second as `eventTime` has it. */
  tick(seconds: number): number {
    this.#time = Math.ceil(this.#time / 1000) * 1000 + this.#random.between(2, seconds) * 1000;
    return this.#time;
  }
}
