// Two small apps on one Redis, as two instances are, and a browser that keeps its cookie and asks either of them.

import { once } from 'node:events';
import express, { type ErrorRequestHandler, type Express } from 'express';
import session, { type Store } from 'express-session';
import type { MergingRedisStoreOptions, RedisAddress } from 'merging-redis-store';
import { openMergingStore } from '../support/session-stores.ts';

export interface Gate {
  /** Resolves when a request waits at the gate. */
  readonly reached: Promise<void>;
  open(): void;
}

export interface App extends AsyncDisposable {
  readonly url: string;
  /** The next request that comes to a gate, such as one to /slow/…, has its session and waits until it is opened. */
  gate(): Gate;
}

/** Adds routes of a test's own. A handler that awaits `atGate()` waits there for the test, see {@link App.gate}. */
export type Routes = (app: Express, atGate: () => Promise<void>) => void;

/** Errors by their `status`, as Express' own handler sends them, and 500 for those without one. */
export async function startApp(store: Store, addRoutes: Routes = () => undefined): Promise<App> {
  const app: Express = express();
  const gates: { reach: () => void; opened: Promise<void> }[] = [];
  app.use(
    session({
      store,
      secret: 'a secret of the tests',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 1_800_000 },
    }),
  );
  app.post('/login', (req, res, next) => {
    req.session.regenerate((regenerateError) => {
      if (regenerateError) return next(regenerateError);
      Object.assign(req.session, { user: 'ada' });
      req.session.save((saveError) => (saveError ? next(saveError) : res.json({ ok: true })));
    });
  });
  app.post('/login-without-save', (req, res) => {
    Object.assign(req.session, { user: 'ada' });
    res.json({ ok: true });
  });
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({ ok: true })));
  });
  app.get('/me', (req, res) => {
    const { cookie: _, ...content } = { ...req.session };
    res.json(content);
  });
  const atGate = async () => {
    const gate = gates.shift();
    gate?.reach();
    await gate?.opened;
  };
  app.post('/slow/:key', async (req, res) => {
    await atGate();
    Object.assign(req.session, { [req.params.key]: true });
    res.json({ ok: true });
  });
  addRoutes(app, atGate);
  const onError: ErrorRequestHandler = (error, _req, res, next) => {
    // As Express' documentation asks for: its own handler then ends the connection.
    if (res.headersSent) return next(error);
    res.status(error.status ?? 500);
    res.set(error.headers ?? {}).json({ error: error.name, reason: error.reason });
  };
  app.use(onError);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    gate: () => {
      const reached = Promise.withResolvers<void>();
      const opened = Promise.withResolvers<void>();
      gates.push({ reach: reached.resolve, opened: opened.promise });
      return { reached: reached.promise, open: opened.resolve };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Two apps, each with a store and a connection of its own. */
export async function startTwoApps(
  address: RedisAddress | string,
  addRoutes?: Routes,
  options: Omit<MergingRedisStoreOptions, 'client'> = {},
) {
  await using stack = new AsyncDisposableStack();
  const a = stack.use(await startApp(stack.use(await openMergingStore(address, options)).store, addRoutes));
  const b = stack.use(await startApp(stack.use(await openMergingStore(address, options)).store, addRoutes));
  const owned = stack.move();
  return { a, b, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A browser with one cookie. */
export class Browser {
  cookie = '';

  /** Somebody else who has, or had, this browser's cookie. */
  copy(): Browser {
    const other = new Browser();
    other.cookie = this.cookie;
    return other;
  }

  /** The id in the cookie, without its signature. */
  get sessionId(): string {
    const [, id = ''] = /^connect\.sid=s%3A([^.]+)\./.exec(this.cookie) ?? [];
    return id;
  }

  async ask(app: App, method: 'GET' | 'POST', path: string, deadlineMs = 8000) {
    const headers: Record<string, string> = this.cookie === '' ? {} : { cookie: this.cookie };
    const signal = AbortSignal.timeout(deadlineMs);
    const startedMs = performance.now();
    const response = await fetch(app.url + path, { method, headers, signal });
    const body: unknown = await response.json();
    const setCookie = response.headers.getSetCookie()[0];
    if (setCookie !== undefined) this.cookie = setCookie.split(';')[0] ?? '';
    return {
      status: response.status,
      body,
      setCookie,
      retryAfter: response.headers.get('retry-after'),
      ms: performance.now() - startedMs,
    };
  }
}
