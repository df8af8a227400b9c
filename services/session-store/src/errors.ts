// The errors of the session store. Each carries the HTTP status that Express' default error handler sends. No message
// holds a session id, because whoever has it can use the session.

/** The calls that an express-session store serves, and the readiness check. `list` is `all`, `ids` and `length`. */
export type StoreCall = 'read' | 'write' | 'touch' | 'destroy' | 'list' | 'clear' | 'ping';

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
 * - `contended`: other instances wrote the same session so often that this write found no gap before the deadline.
 * - `unreplicated`: done, but too few replicas have confirmed it in time (`waitForReplicas` in options.ts).
 * - `serializer`: the serializer's asynchronous `parse` rejected, so what is stored could not be read.
 */
export type UnavailableReason =
  | 'timeout'
  | 'offline'
  | 'lost'
  | 'refused'
  | 'replied'
  | 'contended'
  | 'unreplicated'
  | 'serializer';

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
   * `unknown` where a command may have been sent and no reply came: a write or a destroy may have happened, or may happen
   * many seconds later, when a Redis that stood still continues. A write of whole values may be repeated. One whose
   * resolver is `addUp` counts twice then, unless the app recognizes the repeat.
   */
  readonly outcome: 'not done' | 'unknown';

  constructor(call: StoreCall, reason: UnavailableReason, options: { cause?: unknown } = {}) {
    super(`session store: ${call} failed, ${explanations[reason]}`, options);
    this.call = call;
    this.reason = reason;
    this.outcome =
      reason === 'timeout' || reason === 'lost' || reason === 'unreplicated' ? 'unknown' : 'not done';
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

/**
 * All sessions of the user have been ended since the login of this one began, and its epoch is over: nothing was stored. The
 * user has to log in again.
 */
export class SessionRevoked extends SessionStoreError {
  override readonly name = 'SessionRevoked';
  override readonly code = 'SESSION_REVOKED';
  override readonly status = 401;

  constructor() {
    super('all sessions of the user were ended while this one was being made; it is not stored');
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

/** What was handed to the store to be written is not a session that it may write. Nothing was sent to Redis. */
export class InvalidSession extends SessionStoreError {
  override readonly name = 'InvalidSession';
  override readonly code = 'SESSION_INVALID';
}

/** A session's text is longer than the store's option `maxTextLength`. Nothing was sent to Redis. */
export class SessionTooLarge extends SessionStoreError {
  override readonly name = 'SessionTooLarge';
  override readonly code = 'SESSION_TOO_LARGE';

  constructor(length: number, maxTextLength: number) {
    super(`the session is ${length} characters long as text, and at most ${maxTextLength} are stored`);
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
  contended: 'other instances were writing the same session all the time',
  unreplicated: 'too few replicas confirmed it in time',
  serializer: 'the serializer could not read what is stored',
};
