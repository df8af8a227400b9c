// What happens inside the store that no caller is told, for logs and metrics.

/**
 * - `merged`: another write had come in between and was merged. `conflicts` names the keys that both had changed.
 * - `gone`: a write was refused, for its session has ended.
 * - `damaged`: what lies under a session's key is no session; it was treated as none and left where it is. It expires
 *   in its time, or whoever observes this destroys it.
 * - `not renewed`: a session could not be given new time. It lives on; the next request tries again.
 * - `timeout`: a call got no answer by its deadline, and none has been answered for that long.
 */
export type SessionStoreEvent =
  | { readonly type: 'merged'; readonly conflicts: readonly string[] }
  | { readonly type: 'gone' }
  | { readonly type: 'damaged'; readonly sessionId: string; readonly cause: Error }
  | { readonly type: 'not renewed'; readonly cause: Error }
  | { readonly type: 'timeout'; readonly unansweredForMs: number };
