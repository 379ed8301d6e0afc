import type { Source } from './source.entity.js';

/** A message as it was received, until it is deleted or shown again. */
export interface QueueMessage {
  /** The same each time it is delivered. */
  readonly id: string;
  readonly body: string;
  /** For deleting it; another one each time it is delivered. */
  readonly receipt: string;
}

/** A queue of messages that tell of new files. A message that is received is hidden for a while, not taken out. */
export interface NotificationQueue {
  /**
   * Waits for messages, for `waitSeconds` at most.
   *
   * @returns at most `receivedAtMost`, and none where none came
   * @throws UPSTREAM_AWS
   */
  receive(options: { waitSeconds: number; signal: AbortSignal }): Promise<readonly QueueMessage[]>;

  /** Takes out what was received. Those that cannot be are shown again later. @throws UPSTREAM_AWS */
  delete(messages: readonly QueueMessage[], signal: AbortSignal): Promise<void>;
}

export interface NotificationQueues {
  /** The queue of a source that has one, read with the source's identity. */
  open(source: Source): NotificationQueue;
}

/** The most that SQS gives at once. */
export const receivedAtMost = 10;
