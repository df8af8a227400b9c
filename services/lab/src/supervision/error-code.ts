/** The code that an error of Node carries, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  // Not by `instanceof Error`: in a test runner's VM context, Node's own errors are instances of another Error.
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
