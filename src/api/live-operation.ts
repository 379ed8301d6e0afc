/** One operation of a client, from its start to its end, as the transport holds it. */
export class LiveOperation {
  #giveUp = new AbortController();
  #isEnded = false;
  /** Of the last message of a subscription that was handed to the transport. */
  cursor: string | null = null;

  /**
   * @param onEnd called once
   * @param size characters of its request, which is kept until it ends
   */
  constructor(
    private readonly onEnd: (operation: LiveOperation) => void,
    readonly size: number = 0,
  ) {}

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Of what runs now: it aborts at the end, and when a subscription is to begin anew. */
  get signal(): AbortSignal {
    return this.#giveUp.signal;
  }

  /** What the token may see has changed: a subscription goes on from its cursor under the new grant. */
  restart(): void {
    if (this.#isEnded) return;
    const former = this.#giveUp;
    this.#giveUp = new AbortController();
    former.abort();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#giveUp.abort();
    this.onEnd(this);
  }
}
