const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** IMF-fixdate, RFC 850 and asctime: the three forms of HTTP-date that a recipient must read (RFC 9110, section 5.6.7). */
const forms = [
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/**
 * How long a server asks to be left alone.
 *
 * @param value of the header `Retry-After`: seconds or an HTTP-date (RFC 9110, section 10.2.3)
 * @returns whole seconds from `now` on, 0 for a date that has passed; null where there is none that can be read
 */
export function retryAfterSeconds(value: string | null, now: Date): number | null {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  const date = httpDate(text, now);
  return date === null ? null : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}

function httpDate(text: string, now: Date): number | null {
  const parts = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return null;
  const month = months.indexOf(parts['month'] ?? '');
  const [hour = 0, minute = 0, second = 0] = (parts['time'] ?? '').split(':').map(Number);
  const day = Number(parts['day']);
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return null;
  const time = Date.UTC(yearOf(parts['year'] ?? '', now), month, day, hour, minute, second);
  // The 31st of a month without one.
  return new Date(time).getUTCMonth() === month || second === 60 ? time : null;
}

/** A year of two digits is the latest that is not more than 50 years ahead (RFC 9110). */
function yearOf(digits: string, now: Date): number {
  if (digits.length === 4) return Number(digits);
  const latest = now.getUTCFullYear() + 50;
  return latest - ((latest - Number(digits)) % 100);
}
