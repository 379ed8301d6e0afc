/** Events were stored; the payload is empty. Published after the commit, once for all that were stored close together. */
export const eventsAdded = 'events-added';
