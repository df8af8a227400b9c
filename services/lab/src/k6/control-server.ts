// What a running script can ask of the laboratory: an HTTP server on loopback, with one action behind each path.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';

/** Gets the body's JSON, undefined without one, and returns what is answered as JSON. */
export type Action = (body: unknown) => Promise<unknown>;

/**
 * Answers POST /name when its action is done: 200 with what it returned, or 500 with the error's message, which the
 * caller has to report. Held with `await using`.
 */
export class ControlServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async listen(actions: Readonly<Record<string, Action>>): Promise<ControlServer> {
    const server = createServer(async (request, response) => {
      const name = request.url?.slice(1) ?? '';
      const action = request.method === 'POST' && Object.hasOwn(actions, name) ? actions[name] : undefined;
      const [status, answer] = action ? await outcome(action, request) : [404, { message: 'no such action' }];
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
    return new ControlServer(server, `http://127.0.0.1:${address.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

async function outcome(action: Action, request: IncomingMessage): Promise<[status: number, answer: unknown]> {
  try {
    const body = request.headers['content-length'] ?? '0';
    return [200, await action(body === '0' ? undefined : await json(request))];
  } catch (error) {
    return [500, { message: error instanceof Error ? error.message : String(error) }];
  }
}
