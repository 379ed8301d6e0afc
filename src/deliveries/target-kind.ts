import type { AwsSends } from '../platform/aws/aws-sessions.js';
import type { OutboundHttp } from '../platform/outbound/outbound-http.js';

/** What goes to a target. */
export interface Message {
  /** The same at each attempt: whoever receives a message twice knows it by this. A UUID. */
  readonly id: string;
  /** JSON text, as a rule; any text where a rule's input transformer makes one. */
  readonly body: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** When what it tells of was noticed. */
  readonly createdAt: Date;
  /** What must stay in order at targets that keep one, such as the groups of a FIFO queue. */
  readonly group: string;
  /** What mails of it are headed with; null leaves that to the target. */
  readonly subject: string | null;
}

/** What became of an attempt. Nothing is thrown for a target that refuses or does not answer. */
export type Outcome =
  | {
      readonly delivered: true /** What it answered, in a word or two: `204`, a message id. */;
      readonly answer: string;
    }
  | {
      readonly delivered: false;
      /** A sentence for whoever looks after the target: no secret, no address that was refused to be called. */
      readonly reason: string;
      /** Whether another attempt may work. False sets the message aside at once. */
      readonly retry: boolean;
      /** Whether it speaks of the target, so that no other message would fare better, or of this message alone. */
      readonly blames: 'target' | 'message';
      /** It was not sent at all, so the target has shown nothing of itself. */
      readonly unsent?: true;
      /** Seconds until another attempt: the target's own wish (`Retry-After`), or since someone must mend it first. */
      readonly retryAfterSeconds?: number;
    };

export interface SendContext {
  readonly http: Pick<OutboundHttp, 'post'>;
  readonly aws: AwsSends;
  readonly now: () => Date;
  /** Aborts when the attempt has taken its time, or the process stops. */
  readonly signal: AbortSignal;
}

/**
 * What a user gives of a target, of all kinds together; each kind has fields of its own. A field that is left out stays
 * as it was, null takes it away.
 */
export interface TargetInputFields {
  /** Where a webhook, or Slack, is called. */
  readonly url?: string | null | undefined;
  /** What webhooks are signed with: the new one first, and one that is on its way out. Null has a new one made. */
  readonly secrets?: readonly string[] | null | undefined;
  /** Makes a new secret, which is shown once; the one before it still signs. */
  readonly rotateSecret?: boolean | null | undefined;
  /** Headers of a webhook. A value that is left out stays as it was, unless the webhook goes to another address now. */
  readonly headers?:
    | readonly { readonly name: string; readonly value?: string | null | undefined }[]
    | null
    | undefined;
  readonly routingKey?: string | null | undefined;
  /** Where the PagerDuty account lives: `US` or `EU`. */
  readonly serviceRegion?: string | null | undefined;
  /** PagerDuty's: `critical`, `error`, `warning` or `info`. */
  readonly severity?: string | null | undefined;
  readonly arn?: string | null | undefined;
  readonly roleArn?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  /** Of mails that SNS sends. */
  readonly subject?: string | null | undefined;
  /** JSONPath of what Kinesis chooses the shard by. */
  readonly partitionKeyPath?: string | null | undefined;
}

export interface TargetRules {
  readonly http: Pick<OutboundHttp, 'checkUrl'>;
  /**
   * @param roleArn null for Crosstrail's own identity
   * @throws BAD_USER_INPUT, FORBIDDEN where the caller may not use it
   */
  requireRole(argument: string, roleArn: string | null): void;
}

/** A target as it is kept: both parts are plain JSON. */
export interface StoredTarget<Settings extends object = object, Secrets extends object = object> {
  /** May be shown to whoever may see the target. */
  readonly settings: Settings;
  /** Encrypted at rest; never leave the server. */
  readonly secrets: Secrets;
}

export interface ParsedTarget<Settings extends object, Secrets extends object> extends StoredTarget<Settings, Secrets> {
  /** Made here because none was given: shown once. */
  readonly newSecret?: string;
}

/** A kind of target. Adding one is a file and a line in `targets/registry.ts`. */
export interface TargetKind<Settings extends object = object, Secrets extends object = object> {
  /** The fields that it reads; others are refused. */
  readonly fields: readonly (keyof TargetInputFields)[];
  /**
   * Reads what a user gave, once.
   *
   * @param known what the target has already, where it is changed: what is left out of the input stays
   * @throws BAD_USER_INPUT naming the argument below `input`
   */
  parse(
    input: TargetInputFields,
    known: StoredTarget<Settings, Secrets> | null,
    rules: TargetRules,
  ): ParsedTarget<Settings, Secrets>;
  send(target: StoredTarget<Settings, Secrets>, message: Message, context: SendContext): Promise<Outcome>;
}
