import { gzipSync } from 'node:zlib';
import { recordsOf } from './buckets.js';
import type { Fault, S3Call } from './fake-aws.js';
import type { Delivery } from './fake-delivery.js';
import { centralBucket, type FaultWorld } from './fault-world.js';

/**
 * What becomes of a call, by how often the same was called before (from 1).
 *
 * @returns an error to answer with, a way in which the body comes, or null for an answer as it should be
 */
type Rule = (call: S3Call, time: number) => Fault | Delivery | null;

const unavailable = { status: 503, code: 'ServiceUnavailable' };
const slowDown = { status: 503, code: 'SlowDown' };
const expired = { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' };
const whenRead =
  (rule: Rule): Rule =>
  (call, time) =>
    call.operation === 'get' ? rule(call, time) : null;

/** By the fault that files have to get through. The SDK itself tries a call four times. */
const rules: Readonly<Record<string, Rule>> = {
  '503 for six calls in a row': whenRead((_, time) => (time <= 6 ? unavailable : null)),
  'SlowDown, for listings too': (call, time) => (time <= (call.operation === 'list' ? 5 : 2) ? slowDown : null),
  'bodies that come in drops': whenRead(() => 'trickle'),
  'connections cut in the middle of a body': whenRead((_, time) => (time <= 2 ? 'cut' : null)),
  'bodies that end too soon, in good order': whenRead((_, time) => (time <= 1 ? 'short' : null)),
};
export const bucketFaults = Object.keys(rules);

/** Makes a bucket misbehave. */
export class FaultBucket {
  readonly #times = new Map<string, number>();
  readonly #changes = new Map<string, Buffer>();
  #revoked = 0;
  #onRevoked: (() => void) | undefined;

  constructor(private readonly world: FaultWorld) {
    let delivery: Delivery | null = null;
    world.aws.fault = (call) => {
      const answer = this.#answer(call);
      delivery = typeof answer === 'string' && answer !== 'hang' ? answer : null;
      return delivery === null ? (answer as Fault | null) : null;
    };
    // Asked in the same turn, right after.
    world.aws.delivery = () => delivery;
  }

  /** Every session of the role that was begun until now is refused from now on. */
  revokeSessions(onRefused: () => void): void {
    this.#revoked = this.world.aws.assumed.length;
    this.#onRevoked = onRefused;
  }

  /**
   * Puts objects that will change: each holds a half of what it is to hold, and becomes whole between its listing and
   * its first reading, or when `finish` is called.
   *
   * @returns the keys of the second kind
   */
  halve(fault: string): { early: readonly string[]; finish: () => void } {
    const objects = this.world.aws.buckets.get(centralBucket) ?? new Map<string, Buffer>();
    const keys = this.world.files.flatMap(({ fault: its, bucket, key }) =>
      its === fault && bucket === centralBucket ? [key] : [],
    );
    const whole = new Map(keys.map((key) => [key, objects.get(key) as Buffer]));
    for (const [key, body] of whole) {
      const records = recordsOf({ body });
      objects.set(key, gzipSync(`{"Records":[${records.slice(0, records.length / 2).join(',')}]}`));
    }
    const early = keys.filter((_, index) => index % 2 === 0);
    for (const key of keys) if (!early.includes(key)) this.#changes.set(key, whole.get(key) as Buffer);
    const finish = () => {
      for (const key of early) objects.set(key, whole.get(key) as Buffer);
    };
    return { early, finish };
  }

  #answer(call: S3Call): Fault | Delivery | null {
    if (Number.parseInt(call.accessKeyId, 10) <= this.#revoked) {
      this.#onRevoked?.();
      return expired;
    }
    const name = `${call.operation} ${call.key}`;
    const time = (this.#times.get(name) ?? 0) + 1;
    this.#times.set(name, time);
    const change = this.#changes.get(call.key);
    if (change && call.operation === 'get') {
      this.world.aws.buckets.get(centralBucket)?.set(call.key, change);
      this.#changes.delete(call.key);
    }
    const fault = this.world.faultOf(call.key);
    const answer = rules[fault ?? '']?.(call, time) ?? null;
    if (answer !== null && fault !== undefined) this.world.hit(fault);
    return answer;
  }
}
