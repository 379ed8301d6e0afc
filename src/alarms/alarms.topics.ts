/** Alarms changed their states; the payload is empty. Published after the commit. */
export const alarmsChanged = 'alarms-changed';
