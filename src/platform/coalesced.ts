/**
 * Makes a function that runs `work` at once, and once more `gapMs` after it where it was called again meanwhile, however
 * often.
 *
 * @param work must not reject
 */
export function coalesced(work: () => Promise<void>, gapMs: number): () => void {
  let isResting = false;
  let isWanted = false;
  async function run(): Promise<void> {
    isResting = true;
    isWanted = false;
    await work();
    setTimeout(() => {
      isResting = false;
      if (isWanted) void run();
    }, gapMs).unref();
  }
  return () => {
    isWanted = true;
    if (!isResting) void run();
  };
}
