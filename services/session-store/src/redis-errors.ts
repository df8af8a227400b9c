// What an error of node-redis means. Told by names and messages and not by `instanceof`: the app's client may come from
// another copy of node-redis than the one that this package would find.

/** No known node of the cluster serves the key, or any key: nothing can be sent. */
export class NoServer extends Error {
  override readonly name = 'NoServer';
}

/** Whether Redis answered with an error. */
export function isReply(error: unknown): boolean {
  return (
    hasClass(error, 'ErrorReply') || (!('code' in Object(error)) && /^-?[A-Z]{2}[A-Z0-9]* /.test(text(error)))
  );
}

/** The code of an error reply: `READONLY`, `LOADING`, … Before Redis 7, a script's error has it inside of its text. */
export function replyCode(error: unknown): string | undefined {
  return (
    /[ -](READONLY|LOADING|MASTERDOWN|NOSCRIPT)\b/.exec(text(error))?.[1] ??
    /^-?([A-Z0-9]+) /.exec(text(error))?.[1]
  );
}

/** Whether the command was certainly not sent. */
export function wasNotSent(error: unknown): boolean {
  return (
    ['ClientOfflineError', 'ClientClosedError', 'AbortError'].some((name) => hasClass(error, name)) ||
    /^The (client is (offline|closed)|command was aborted|queue is full)/.test(text(error))
  );
}

function text(error: unknown): string {
  return String(Object(error).message);
}

function hasClass(error: unknown, name: string): boolean {
  for (let type = Object(error); type !== null; type = Object.getPrototypeOf(type)) {
    if (type.constructor?.name === name) return true;
  }
  return false;
}

/** Error replies of a server that is no primary any more, or not yet: elsewhere there may be one. */
const notServing: ReadonlySet<string> = new Set(['READONLY', 'MASTERDOWN', 'LOADING']);

export function isNotServing(code: string | undefined): boolean {
  return code !== undefined && notServing.has(code);
}
