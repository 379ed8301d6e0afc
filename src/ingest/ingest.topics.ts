/** A batch of events was committed; the payload is its position. */
export const eventsStored = 'events-stored';

/** A source was made or changed; the payload is its id. */
export const sourceChanged = 'source-changed';
