/** A batch of events was committed; the payload is its position. */
export const eventsStored = 'events-stored';
