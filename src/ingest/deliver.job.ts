import type { Dispatcher } from '../deliveries/dispatcher.service.js';
import type { JobDefinition } from '../platform/queue/queue.js';

/** Hint that deliveries may be due. It carries nothing: the outbox says which. */
export const deliverJob = { name: 'deliver' };

/** Takes what is due to its targets. The second job of a process only tells the first to look again. */
export function createDeliverJob(dispatcher: Pick<Dispatcher, 'work'>): JobDefinition<object> {
  return {
    ...deliverJob,
    concurrency: 2,
    handle: (_data, { signal }) => dispatcher.work(signal),
  };
}
