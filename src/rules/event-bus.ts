/** Where events of CloudTrail come to, and schedules run. */
export const defaultEventBus = 'default';

/** Source: PutEvents, Amazon EventBridge API Reference. A bus is there by its name alone. */
export function isBusName(name: string): boolean {
  return /^[/._\-A-Za-z0-9]{1,256}$/.test(name);
}
