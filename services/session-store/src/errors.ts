// The errors of the session store. Each carries the HTTP status that Express' default error handler sends. No message
// holds a session id, because whoever has it can use the session.

/** The calls that an express-session store serves, and the readiness check. */
export type StoreCall = 'read' | 'write' | 'touch' | 'destroy' | 'ping';

/** The base class of all errors of the session store. */
export class SessionStoreError extends Error {
  override readonly name: string = 'SessionStoreError';
  /** Never that of the cause: express-session takes ENOENT, which a missing Unix socket gives, for "no such session". */
  readonly code: string = 'SESSION_STORE';
  /** The HTTP status, where the app does not map the error itself. */
  readonly status: number = 500;
}

/**
 * - `timeout`: no answer within the deadline.
 * - `offline`: there is no connection, nothing was sent.
 * - `lost`: the connection broke before the reply came.
 * - `refused`: the breaker is open, nothing was sent.
 * - `replied`: Redis answered with an error (`LOADING`, `OOM`, `READONLY`, …), nothing was done.
 * - `contended`: so many others wrote the same session that this write found no gap before the deadline.
 */
export type UnavailableReason = 'timeout' | 'offline' | 'lost' | 'refused' | 'replied' | 'contended';

/**
 * The store could not serve a call. That says nothing about whether the user is logged in: answer 503 with `Retry-After`
 * and leave the cookie alone.
 */
export class SessionStoreUnavailable extends SessionStoreError {
  override readonly name = 'SessionStoreUnavailable';
  override readonly code = 'SESSION_STORE_UNAVAILABLE';
  override readonly status = 503;
  /** Whole seconds after which a new attempt is sensible. */
  readonly retryAfterSeconds = 1;
  /** Read by Express' default error handler. */
  readonly headers = { 'Retry-After': '1' };
  readonly call: StoreCall;
  readonly reason: UnavailableReason;
  /**
   * `unknown` where a command may have been sent and no reply came: a write or a destroy may have happened, or may still
   * happen when a paused Redis continues. Both may be repeated, but a write whose resolver is `addUp` may then count twice.
   */
  readonly outcome: 'not done' | 'unknown';

  constructor(
    call: StoreCall,
    reason: UnavailableReason,
    options: { detail?: string; cause?: unknown } = {},
  ) {
    super(`session store: ${call} failed, ${options.detail ?? explanations[reason]}`, {
      cause: options.cause,
    });
    this.call = call;
    this.reason = reason;
    this.outcome = reason === 'timeout' || reason === 'lost' ? 'unknown' : 'not done';
  }
}

/**
 * The session that a request had loaded was destroyed, regenerated or expired before the request wrote: nothing was
 * written. By default 409: what the request knew of the user is out of date, and the client may ask again.
 */
export class SessionGone extends SessionStoreError {
  override readonly name = 'SessionGone';
  override readonly code = 'SESSION_GONE';
  override readonly status = 409;

  constructor(options: { cause?: unknown } = {}) {
    super(
      'the session ended while the request was under way; what the request changed in it is not stored',
      options,
    );
  }
}

/** A lifetime that is not a finite number of milliseconds: a mistake in the app. Nothing was sent to Redis. */
export class InvalidLifetime extends SessionStoreError {
  override readonly name = 'InvalidLifetime';
  override readonly code = 'SESSION_LIFETIME_INVALID';

  constructor(lifetimeMs: number) {
    super(`a session's lifetime has to be a finite number of milliseconds, not ${lifetimeMs}`);
  }
}

/** A resolver handed to the store threw. Nothing was written. */
export class MergeFailed extends SessionStoreError {
  override readonly name = 'MergeFailed';
  override readonly code = 'SESSION_MERGE_FAILED';

  constructor(cause: unknown) {
    super('a resolver for sessions in conflict threw', { cause });
  }
}

const explanations: Record<UnavailableReason, string> = {
  timeout: 'Redis gave no answer within the deadline',
  offline: 'there is no connection to Redis',
  lost: 'the connection to Redis broke',
  refused: 'Redis has not been answering, so it was not asked',
  replied: 'Redis answered with an error',
  contended: 'too many others were writing the same session',
};
