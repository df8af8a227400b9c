/**
 * Node's options for an instance with a small heap. Without incremental marking V8 collects all that is garbage before it
 * gives up. With it, what is allocated while it marks counts as alive, and node-redis alone allocates 20 MB while it makes
 * a client (`attachConfig`, for its hundreds of commands): an instance could end at its start, with a third of the heap in use.
 *
 * @param heapMiB V8's limit of the old space; `undefined` for V8's own choice
 */
export function smallHeap(heapMiB: number | undefined): string[] {
  return heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`, '--no-incremental-marking'];
}
