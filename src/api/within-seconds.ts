import { CrosstrailError } from '../platform/errors.js';

/**
 * Gives up on an operation that takes too long. Reads of events end with it; what else it started ends with the database's
 * own statement timeout.
 * (Fastify's handlerTimeout does not do it: 5.12 ends the timer once the body is read.)
 */
export async function withinSeconds<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const message = `the operation took more than ${seconds} s and was given up: ask for less, or for a shorter span of time`;
    timer = setTimeout(() => reject(new CrosstrailError('COST_EXCEEDED', message)), seconds * 1000);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
