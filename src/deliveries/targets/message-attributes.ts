import type { Message } from '../target-kind.js';

/** By it a subscriber or a consumer knows a message that comes twice. */
export function messageIdAttribute({ id }: Message) {
  return { 'crosstrail-message-id': { DataType: 'String', StringValue: id } };
}
