// What express-session does with a store, without HTTP: a request that has a session and calls its methods. The
// sessions are express-session's own, made by its own `generate` and the store's `createSession`.

import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import session, { type Session, type SessionData, type Store } from 'express-session';

/** A session with any content, whatever the app says that its own sessions hold. */
export type TestSession = Session & { [key: string]: unknown };

/** A store that express-session knows, with sessions of 30 minutes. */
export class Instance {
  readonly #store: Store;
  #nextId: string | undefined;

  constructor(store: Store, options: { maxAge?: number | undefined } = { maxAge: 1_800_000 }) {
    this.#store = store;
    // This is where express-session gives the store its `generate`.
    session({
      store,
      secret: 'a secret of the tests',
      resave: false,
      saveUninitialized: false,
      genid: () => this.#nextId ?? randomBytes(16).toString('hex'),
      cookie: options.maxAge === undefined ? {} : { maxAge: options.maxAge },
    });
  }

  /**
   * A request without a cookie: its session is new and not stored.
   * @param id that it gets; default: one of letters and digits
   */
  newRequest(id?: string): TestRequest {
    const request = new TestRequest(this.#store, '');
    this.#nextId = id;
    request.generate();
    this.#nextId = undefined;
    return request;
  }

  /** A request with this session's cookie. `undefined` where the store knows no such session. */
  async load(sessionId: string): Promise<TestRequest | undefined> {
    const data = await new Promise<SessionData | null | undefined>((resolve, reject) => {
      this.#store.get(sessionId, (error, loaded) => (error ? reject(error) : resolve(loaded)));
    });
    if (!data) return undefined;
    const request = new TestRequest(this.#store, sessionId);
    request.inflate(data);
    return request;
  }
}

export class TestRequest {
  readonly #store: Store;
  readonly #request: Request;

  constructor(store: Store, sessionId: string) {
    this.#store = store;
    const request: Partial<Request> & { sessionID: string } = {
      sessionID: sessionId,
      headers: {},
      secure: false,
    };
    Object.assign(request, { sessionStore: store });
    this.#request = request as Request;
  }

  generate(): void {
    this.#request.sessionStore.generate(this.#request);
  }

  inflate(data: SessionData): void {
    this.#store.createSession(this.#request, data);
  }

  get id(): string {
    return this.#request.sessionID;
  }

  get session(): TestSession {
    return this.#request.session as TestSession;
  }

  /** What the session's content is, without the cookie. */
  get content(): Record<string, unknown> {
    const { cookie: _, ...content } = { ...this.session };
    return content;
  }

  save(): Promise<void> {
    const current = this.session;
    return settled((callback) => current.save(callback));
  }

  /** What express-session does at the end of a request that changed nothing. */
  touch(): Promise<void> {
    this.session.touch();
    return settled((callback) =>
      this.#store.touch?.(this.id, this.#request.session as SessionData, callback),
    );
  }

  destroy(): Promise<void> {
    const current = this.session;
    return settled((callback) => current.destroy(callback));
  }

  regenerate(): Promise<void> {
    const current = this.session;
    return settled((callback) => current.regenerate(callback));
  }

  reload(): Promise<void> {
    const current = this.session;
    return settled((callback) => current.reload(callback));
  }
}

function settled(call: (callback: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

/** Data of a session as a job has it that has no request. */
export function sessionData(content: object, cookie: object = { originalMaxAge: 60_000 }): SessionData {
  return JSON.parse(JSON.stringify({ cookie, ...content }));
}
