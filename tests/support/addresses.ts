// Clients with addresses of their own. On Linux all of 127.0.0.0/8 is this machine, so a connection that is made from
// 127.0.0.2 comes from another client than one from 127.0.0.3, for nginx and for the app too. (macOS knows 127.0.0.1
// alone, until `ifconfig lo0 alias 127.0.0.2` adds another.) In containers this does not work: what comes through a
// published port has the address of the engine's bridge. A client with another address there is a container.

import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** What came back; status 0 and `problem` when nothing did. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly problem?: string;
}

export interface PlainRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Somebody with an address and kept-alive connections of their own. */
export class ClientAt implements Disposable {
  readonly #base: URL;
  readonly #localAddress: string;
  readonly #agent = new Agent({ keepAlive: true });

  /** @param localAddress 127.0.0.1 to 127.255.255.254 */
  constructor(base: string, localAddress: string) {
    this.#base = new URL(base);
    this.#localAddress = localAddress;
  }

  /** Never rejects. */
  send({ method = 'GET', path, headers = {}, body }: PlainRequest): Promise<PlainAnswer> {
    return new Promise((resolve) => {
      const failed = (error: Error) => resolve({ status: 0, headers: {}, body: '', problem: error.message });
      const { hostname, port } = this.#base;
      const sent = request(
        { hostname, port, method, path, headers, localAddress: this.#localAddress, agent: this.#agent },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', failed);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      sent.setTimeout(answerMs, () => sent.destroy(new Error(`no answer in ${answerMs} ms`)));
      sent.on('error', failed);
      sent.end(body);
    });
  }

  /** A connection on which nothing was sent yet. What comes back is not read. */
  connect(): Socket {
    const { hostname, port } = this.#base;
    const socket = connect({ host: hostname, port: Number(port), localAddress: this.#localAddress });
    return socket.on('error', () => {});
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Longer than the proxy's and the app's own deadlines. */
const answerMs = 15_000;
