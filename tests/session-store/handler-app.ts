// An Express app with express-session whose requests run the handlers that a test hands in.

import { once } from 'node:events';
import express, { type Express, type Request, type Response } from 'express';
import session, { type Session, type SessionOptions } from 'express-session';

export type AppRequest = Request & { session: Session & { [key: string]: unknown } };
export type Handler = (req: AppRequest, res: Response) => unknown;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The browser's cookie after this answer. */
  readonly cookie: string;
  /** The whole header. */
  readonly setCookie: string | undefined;
  /** The head is there before the body. */
  json(): Promise<unknown>;
}

export interface HandlerApp extends AsyncDisposable {
  /** Resolves with the head of the answer. What the handler returns is the answer, unless it answers by itself. */
  visit(cookie: string, handler: Handler, headers?: Record<string, string>): Promise<Answer>;
}

/** @param configure is called before the session's middleware is added */
export async function startHandlerApp(
  options: Partial<SessionOptions>,
  configure: (app: Express) => void = () => {},
): Promise<HandlerApp> {
  const app: Express = express();
  const handlers: Handler[] = [];
  const run = async (req: Request, res: Response) => {
    const body = await handlers[Number(req.params.handler)]?.(req as AppRequest, res);
    if (!res.headersSent) res.json(body ?? null);
  };
  app.set('env', 'test'); // Express' own handler of errors then prints nothing.
  configure(app);
  app.get('/before-the-middleware/:handler', run);
  app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false, ...options }));
  app.get('/:handler', run);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP address');
  return {
    async visit(cookie, handler, headers = {}) {
      const { before, ...others } = headers;
      const path = `${before ?? ''}/${handlers.push(handler) - 1}`;
      const response = await fetch(`http://127.0.0.1:${address.port}${path}`, {
        headers: { cookie, ...others },
        redirect: 'manual',
        signal: AbortSignal.timeout(8000),
      });
      const setCookie = response.headers.getSetCookie()[0];
      return {
        status: response.status,
        headers: response.headers,
        cookie: setCookie?.split(';')[0] ?? cookie,
        setCookie,
        json: () => response.json(),
      };
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Rejects with the error that the callback gets. */
export function settled(call: (callback: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

export const login: Handler = async (req) => {
  await settled((callback) => req.session.regenerate(callback));
  Object.assign(req.session, { user: 'ada' });
  await settled((callback) => req.session.save(callback));
};

export const logout: Handler = (req) => settled((callback) => req.session.destroy(callback));

/** Answers after the save, so that the next request finds it. */
export const put =
  (key: string, value: unknown = true): Handler =>
  async (req) => {
    req.session[key] = value;
    await settled((callback) => req.session.save(callback));
  };

/** What is in the session, without the cookie. */
export const content: Handler = ({ session: current }) => {
  const { cookie: _, ...rest } = { ...current };
  return rest;
};

/** A guard as apps have it. */
export const guarded: Handler = (req, res) => {
  if (!req.session?.user) res.status(401).json({});
  else return req.session.user;
};

/** Requests that wait, each with its session, until all have come. */
export function meeting(size: number): (handler: Handler) => Handler {
  const all = Promise.withResolvers<void>();
  let missing = size;
  return (handler) => async (req, res) => {
    missing -= 1;
    if (missing === 0) all.resolve();
    await all.promise;
    return handler(req, res);
  };
}
