import { once } from 'node:events';
import { createServer } from 'node:http';

export interface StatusServer extends AsyncDisposable {
  readonly port: number;
}

export interface StatusOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether questions are answered. */
  readonly isUp: () => boolean;
  /** The last answer, if there was one. */
  readonly answered: () => readonly string[] | undefined;
}

/**
 * GET /answered: the addresses of the last answer, one a line. So a program can wait until the proxy has them, and the
 * container's health check until it has one. It is 503 until questions are answered.
 */
export async function serveStatus({ port, isUp, answered }: StatusOptions): Promise<StatusServer> {
  const server = createServer((req, res) => {
    const status = req.url !== '/answered' ? 404 : isUp() ? 200 : 503;
    const lines = status === 200 ? (answered() ?? []) : [];
    res.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
    res.end(lines.map((address) => `${address}\n`).join(''));
  });
  server.listen(port);
  await once(server, 'listening');
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('expected to listen on a TCP port');
  return {
    port: at.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
