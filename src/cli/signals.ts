/**
 * Listens for SIGINT, SIGTERM and SIGHUP (the terminal was closed) from now on. The first resolves the promise, so that
 * the app can stop in order; a second SIGINT is someone who has waited long enough, and ends the process at once.
 *
 * @param until stops listening when it aborts
 */
export function firstStopSignal(target: NodeJS.Process, until?: AbortSignal): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (seen && signal === 'SIGINT') target.exit(130);
      seen = true;
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      target.on(signal, onSignal);
      until?.addEventListener('abort', () => target.removeListener(signal, onSignal));
    }
  });
}
