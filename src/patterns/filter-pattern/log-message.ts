/** What patterns look at. Its text, its bytes and its JSON are each made only when somebody asks, and once. */
export class LogMessage {
  #text: string | null;
  #bytes: Buffer | null;
  #json: unknown;
  #isParsed: boolean;

  private constructor(text: string | null, bytes: Buffer | null, json: unknown, isParsed: boolean) {
    this.#text = text;
    this.#bytes = bytes;
    this.#json = json;
    this.#isParsed = isParsed;
  }

  static ofText(text: string): LogMessage {
    return new LogMessage(text, null, undefined, false);
  }

  /**
   * @param raw the JSON text in UTF-8; it must stay as it is for as long as the message is used
   * @param record what the text says, as `JSON.parse` has it
   */
  static ofRecord(raw: Buffer, record: unknown): LogMessage {
    return new LogMessage(null, raw, record, true);
  }

  get text(): string {
    this.#text ??= this.#bytes?.toString('utf8') ?? '';
    return this.#text;
  }

  /** In UTF-8. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.#text ?? '');
    return this.#bytes;
  }

  /** Undefined where the message as a whole is no JSON. */
  get json(): unknown {
    if (!this.#isParsed) {
      this.#json = parseJson(this.text);
      this.#isParsed = true;
    }
    return this.#json;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
