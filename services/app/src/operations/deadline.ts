/** Something did not answer in time. Whether it did what it was asked to is not known. */
export class DeadlineMissed extends Error {
  override readonly name = 'DeadlineMissed';
}

/**
 * Waits for `work` no longer than `ms` milliseconds. The work itself is not stopped; what becomes of it later is ignored.
 * @throws {DeadlineMissed} with `what` in its message
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineMissed(`${what} did not answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
