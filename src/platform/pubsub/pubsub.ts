/**
 * @param payload as published; undefined after a connection was lost and is back: something may have been missed
 */
export type Handler = (payload: string | undefined) => void;

/**
 * Wake-up calls between processes: at most once, ids only. Whoever uses it polls as well, more slowly.
 */
export interface PubSub {
  /**
   * @param topic small letters, digits, hyphens and dots
   * @param payload at most 4,096 bytes; empty when absent
   * @throws when the other side does not answer
   */
  publish(topic: string, payload?: string): Promise<void>;
  /**
   * Resolves when every later `publish` will be heard.
   *
   * @returns ends this subscription
   */
  subscribe(topic: string, handler: Handler): Promise<() => Promise<void>>;
  /** @throws when the other side does not answer */
  ping(): Promise<void>;
  stop(): Promise<void>;
}
