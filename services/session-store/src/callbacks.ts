// express-session speaks in callbacks, the store in promises.

export type Callback<T> = (error?: unknown, value?: T) => unknown;

/**
 * Gives the outcome to the callback, or to the promise where there is none. The callback runs in a turn of its own:
 * whatever it throws is not the store's failure, and must not call it again.
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
