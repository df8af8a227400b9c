/** Lets one task run at a time, in the order in which they were asked for. A task that fails does not stop the next. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  runExclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {}); // whoever asked for the task gets the error
    return result;
  }
}
