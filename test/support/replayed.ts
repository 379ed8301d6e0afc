import { ask } from './app.js';
import { graphqlWsClient, listen } from './live-client.js';

interface ReplayFilters {
  readonly alarms: object | undefined;
  readonly events: object | undefined;
}

/** All that both subscriptions hear of what lies behind the first change and the first event, as text. */
export async function replayed(url: string, token: string, filters: ReplayFilters): Promise<string> {
  const client = graphqlWsClient(url, `Bearer ${token}`);
  const first = '{ alarmFeed(first: 1) { endCursor } eventFeed(first: 1) { endCursor } }';
  type First = Record<'alarmFeed' | 'eventFeed', { endCursor: string }>;
  const { alarmFeed, eventFeed } = await ask<First>(url, first, {}, token);
  const hear = async (field: string, type: string, item: string, variables: object) => {
    const query = `subscription ($filter: ${type}, $after: String) {
      message: ${field}(filter: $filter, after: $after, heartbeatSeconds: 1) { cursor ${item} }
    }`;
    const { heard, stop } = listen<{ message: Record<string, unknown> }>(client, {
      query,
      variables: { ...variables },
    });
    // The first message has nothing yet; the next one without anything comes when all is told.
    const name = item.slice(0, item.indexOf(' '));
    await heard.until((data) => data.message[name] === null && data !== heard.items[0]);
    stop();
    return JSON.stringify(heard.items.map(({ message }) => message[name]));
  };
  const change = 'change { id alarmName accountIds stateReason stateReasonData definition alarm { name stateReason } }';
  const texts = await Promise.all([
    hear('alarmStateChanged', 'AlarmFilter', change, { filter: filters.alarms, after: alarmFeed.endCursor }),
    hear('eventAdded', 'EventFilter', 'event { account rawText eventName }', {
      filter: filters.events,
      after: eventFeed.endCursor,
    }),
  ]);
  await client.dispose();
  return texts.join(' ');
}
