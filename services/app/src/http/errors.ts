// What can go wrong with a request: errors that carry what the response needs.

/** A request that is refused: its status, what to tell the client, and headers that belong to it. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: readonly FieldProblem[];
  readonly reason: string | undefined;

  /** @param status 400 to 499 */
  constructor(status: number, message: string, more: ClientErrorDetails = {}) {
    super(message);
    this.status = status;
    this.headers = more.headers ?? {};
    this.fields = more.fields ?? [];
    this.reason = more.reason;
  }
}

/** Which field of a body was wrong, and what was expected of it. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

interface ClientErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: readonly FieldProblem[];
  /** For programs, where one status has several reasons. */
  readonly reason?: string;
}

/**
 * A dependency that the request needs does not answer now. It becomes 503 with Retry-After, and nothing changes for the
 * client: above all its cookie stays, because a store that is down says nothing about who is logged in.
 */
export class ServiceUnavailable extends Error {
  override readonly name: string = 'ServiceUnavailable';
  /** When to try again, in seconds. */
  readonly retryAfterSeconds = 1;
}
