// The ports of nginx, Redis and Postgres. An instance of the app lets the system choose: fleet/processes/instance.ts.

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import getPort from 'get-port';
import { LaboratoryError, NotPossibleHere } from './errors.ts';

const host = '127.0.0.1';

// Below the ports that the system hands out to outgoing connections (from 32768 on Linux, 49152 elsewhere): a server
// that is stopped and started again finds its port free, however many connections a load test has open.
const lowest = 20_000;
const highest = 32_767;

/** A port on loopback that nothing listens on at the moment. The same one is not given again within 15 seconds. */
export async function freePort(): Promise<number> {
  // In random order, because laboratories in other processes choose from the same range.
  const port = await getPort({
    host,
    port: Array.from({ length: 100 }, () => randomInt(lowest, highest + 1)),
  });
  // Where all of them are taken, get-port takes any.
  if (port >= lowest && port <= highest) return port;
  throw new LaboratoryError(`No free port was found between ${lowest} and ${highest} on ${host}`);
}

/** @throws {NotPossibleHere} When the port cannot be listened on. */
export async function demandPort(port: number): Promise<number> {
  const reason = await whyUnusable(port);
  if (reason === 'EADDRINUSE') {
    throw new NotPossibleHere(
      `Port ${port} on ${host} is in use: stop the program that listens there, or choose another port.`,
    );
  }
  if (reason !== undefined) {
    throw new NotPossibleHere(`Port ${port} on ${host} cannot be used (${reason}): choose another port.`);
  }
  return port;
}

async function whyUnusable(port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  return await promise;
}
