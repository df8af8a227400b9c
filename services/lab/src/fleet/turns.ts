/** Lets one task run at a time, in the order in which they were asked for. A task that fails does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {}); // told to whoever took the turn
    return result;
  }
}
