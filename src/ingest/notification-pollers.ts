import { identityOf } from '../accounts/aws-identity.inputs.js';
import type { NotificationQueues } from '../sources/notification-queue.port.js';
import type { Source } from '../sources/source.entity.js';
import { NotificationPoller, type PollerDeps } from './notification-poller.js';
import { SourceFollowers, type SourceFollowersDeps } from './source-followers.js';

export interface NotificationPollersDeps extends PollerDeps, SourceFollowersDeps {
  readonly queues: NotificationQueues;
}

/**
 * Reads the queue of every source that has one while this process works. Those of paused accounts as well: a message
 * that waits too long is lost.
 */
export class NotificationPollers extends SourceFollowers {
  constructor(private readonly deps: NotificationPollersDeps) {
    super(deps, {
      reason: 'queues are read for all',
      failure: 'pollers of queues not brought up to date; the next round tries again',
    });
  }

  protected follows({ queueUrl }: Source): boolean {
    return queueUrl !== null;
  }

  protected stateOf(source: Source): string {
    return JSON.stringify([source.queueUrl, source.region, identityOf(source)]);
  }

  protected begin(source: Source, signal: AbortSignal, opened: (ended: Promise<void>) => void): void {
    const open = () => this.deps.queues.open(source);
    opened(new NotificationPoller(this.deps, source.id, open, signal).run());
  }
}
