/** Lets work on the same object happen one after the other, in the order in which it came. */
export class Turns {
  readonly #last = new WeakMap<object, Promise<unknown>>();

  take<T>(of: object, work: () => Promise<T>): Promise<T> {
    // Whether the one before failed is its own caller's business.
    const before = this.#last.get(of)?.catch(() => undefined);
    const turn = before === undefined ? work() : before.then(work);
    this.#last.set(of, turn);
    return turn;
  }
}
