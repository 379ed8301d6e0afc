/**
 * As CloudWatch writes times into messages: 2019-10-02T17:04:40.989+0000.
 *
 * @param time milliseconds since 1970 UTC
 */
export function awsTimestamp(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}
