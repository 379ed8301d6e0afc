import type { Telemetry } from '../platform/telemetry.js';
import type { Taken } from '../sources/notifications.service.js';

/** What queues of notifications tell Prometheus. */
export interface NotificationTelemetry {
  taken(messages: number, taken: Taken): void;
}

export function createNotificationTelemetry(telemetry: Telemetry): NotificationTelemetry {
  const received = telemetry.counter({
    name: 'crosstrail_notification_messages_total',
    help: 'Messages received from the queues of sources, by outcome: taken, set aside (in whole or in part), or left to come again.',
    labelNames: ['outcome'],
  });
  const objects = telemetry.counter({
    name: 'crosstrail_notification_objects_total',
    help: 'Objects that messages told of: collected, known ones included, or ignored.',
    labelNames: ['outcome'],
  });
  return {
    taken(messages, taken) {
      received.inc({ outcome: 'taken' }, taken.done.length - taken.setAside);
      received.inc({ outcome: 'set_aside' }, taken.setAside);
      received.inc({ outcome: 'left' }, messages - taken.done.length);
      objects.inc({ outcome: 'collected' }, taken.objects.collected);
      objects.inc({ outcome: 'ignored' }, taken.objects.ignored);
    },
  };
}
