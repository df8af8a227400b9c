// Two instances of an app with the stores that are checked: HTTP servers with express-session, whose requests run the
// handlers that the checks hand in.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import session, { type Session, type Store } from 'express-session';

/** Two stores on one backend, as two instances of an app have them. */
export interface Backend {
  /** A store that lives in one process is named twice. */
  readonly stores: readonly [Store, Store];
  /** Makes the backend not answer, until `resume`, and keeps its data. Without it the outage is not checked. */
  readonly interrupt?: () => unknown;
  readonly resume?: () => unknown;
  /** Lets time pass. Default: waits for it. */
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly close: () => unknown;
}

/** Opens an empty backend, or one whose sessions may be cleared. */
export type OpenBackend = () => Backend | Promise<Backend>;

export interface Check {
  readonly name: string;
  readonly group: string;
  run(): Promise<void>;
}

export type RunCheck = (site: Site) => Promise<void>;

/** Thrown by a check that the store or its backend cannot be asked. The message says why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

export interface Visit {
  readonly sessionID: string;
  readonly session: Session & { [key: string]: unknown };
}

export type Handler = (visit: Visit) => unknown;

export interface Answer {
  readonly status: number;
  /** What the handler returned. */
  readonly body: unknown;
  /** The browser's cookie after this answer. */
  readonly cookie: string;
}

type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

export class Site {
  readonly backend: Backend;
  readonly #servers: readonly Server[];
  readonly #handlers: Handler[] = [];
  #isInterrupted = false;

  private constructor(backend: Backend) {
    this.backend = backend;
    this.#servers = backend.stores.map((store) => this.#serve(store));
  }

  static async open(open: OpenBackend): Promise<Site> {
    const site = new Site(await open());
    await Promise.all(site.#servers.map((server) => once(server, 'listening')));
    return site;
  }

  /** A request to one of the two instances. An error of the store, or of the handler, is answered by its `status`, or 500. */
  async visit(instance: 0 | 1, cookie: string, handler: Handler): Promise<Answer> {
    const path = this.#handlers.push(handler) - 1;
    const response = await fetch(`${urlOf(this.#servers[instance])}/${path}`, { headers: { cookie } });
    const body = JSON.parse(await response.text());
    const setCookie = response.headers.getSetCookie()[0]?.split(';')[0];
    return { status: response.status, body, cookie: setCookie ?? cookie };
  }

  /** A request that has its session and then waits until it is told to go on with the handler. */
  async lateVisit(instance: 0 | 1, cookie: string, handler: Handler): Promise<() => Promise<Answer>> {
    let goOn = () => {};
    const told = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const answer = await new Promise<{ later: Promise<Answer> }>((resolve, reject) => {
      const later = this.visit(instance, cookie, async (visit) => {
        resolve({ later });
        await told;
        return handler(visit);
      });
      later.catch(reject);
    });
    return () => {
      goOn();
      return answer.later;
    };
  }

  wait(ms: number): Promise<unknown> {
    return (this.backend.wait ?? sleep)(ms);
  }

  async interrupt(): Promise<void> {
    const { interrupt } = this.backend;
    if (interrupt === undefined) throw new NotApplicable('the backend cannot be interrupted');
    await interrupt();
    this.#isInterrupted = true;
  }

  async resume(): Promise<void> {
    if (this.#isInterrupted) await this.backend.resume?.();
    this.#isInterrupted = false;
  }

  async close(): Promise<void> {
    await this.resume();
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    await this.backend.close();
  }

  #serve(store: Store): Server {
    const sessions = session({
      store,
      secret: 'conformance',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 1_800_000 },
    }) as unknown as Middleware;
    const server = createServer((req, res) => {
      const answer = (status: number, body: unknown) => {
        if (res.headersSent) return;
        res.statusCode = status;
        res.end(JSON.stringify(body ?? null));
      };
      const fail = (error: unknown) => answer(Number(Object(error).status) || 500, String(error));
      sessions(req, res, async (error) => {
        try {
          if (error) throw error;
          const body = await this.#handlers[Number(req.url?.slice(1))]?.(req as IncomingMessage & Visit);
          answer(200, body);
        } catch (caught) {
          fail(caught);
        }
      });
    });
    return server.listen(0, '127.0.0.1');
  }
}

function urlOf(server: Server | undefined): string {
  const address = server?.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('the server has no TCP address');
  return `http://127.0.0.1:${address.port}`;
}
