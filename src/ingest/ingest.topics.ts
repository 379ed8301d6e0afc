/** A source was made or changed; the payload is its id. */
export const sourceChanged = 'source-changed';
