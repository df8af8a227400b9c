// express-session calls its store with callbacks; inside, the store uses promises.

export type Callback<T> = (error?: unknown, value?: T) => unknown;

/**
 * Passes the result to the callback, or returns it as a promise where there is no callback. The callback runs on its own,
 * by `nextTick`: an error that it throws is not the store's, and must not make the callback run a second time.
 */
export function toCallback<T>(
  work: Promise<T>,
  callback: Callback<T> | undefined,
): Promise<T> | Promise<undefined> {
  if (callback === undefined) return work;
  return work.then(
    (value) => void process.nextTick(callback, null, value),
    (error: unknown) => void process.nextTick(callback, error),
  );
}
