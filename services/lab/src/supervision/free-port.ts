import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { FleetError, NotPossibleHere } from '../fleet/fleet.ts';
import { errorCode } from './error-code.ts';

const host = '127.0.0.1';

// Below the ports that the system hands out to outgoing connections (from 32768 on Linux, 49152 elsewhere): a part
// that is stopped and started again finds its port free, however many connections a load test has open.
const lowest = 20_000;
const highest = 32_767;

/** A port on loopback that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest + 1);
    if ((await whyTaken(port)) === undefined) return port;
  }
  throw new FleetError(`No free port was found between ${lowest} and ${highest} on ${host}`);
}

/** @throws {NotPossibleHere} When the port cannot be listened on. */
export async function demandPort(port: number): Promise<number> {
  const reason = await whyTaken(port);
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

async function whyTaken(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}
