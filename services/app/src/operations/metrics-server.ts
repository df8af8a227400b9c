// GET /metrics on a port of its own, to which the proxy sends no requests: metrics are not for the public.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** Resolves when it listens. Disposing it cuts open connections: Prometheus comes again. */
export async function serveMetrics(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
  log: Logger,
): Promise<AsyncDisposable> {
  const server = createServer(async (req, res) => {
    if (req.url !== '/metrics' || req.method !== 'GET') {
      res.writeHead(404).end();
      return;
    }
    try {
      const { contentType, text } = await metrics.render();
      res.writeHead(200, { 'Content-Type': contentType }).end(text);
    } catch (error) {
      log.error({ err: error }, 'could not collect the metrics');
      res.writeHead(500).end();
    }
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
